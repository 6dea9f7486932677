// Consent in a browser: an auditor finds nothing in this site, and finds each of the defects that are planted between the site
// and the browser. Then whoever blocks cookies, and whoever has a keyboard or a narrow screen.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, launchPersistent } from '../hosts/chromium.mjs';
import { front } from '../hosts/front.mjs';
import { start } from '../hosts/native.mjs';
import { OUT, newFolder } from '../hosts/project.mjs';
import { audit, kept } from './audit.mjs';

const SHOTS = join(OUT, 'screenshots');

let [host, browser, axe] = [];
before(async () => {
  await mkdir(SHOTS, { recursive: true });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  host = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

const script = (text) => (html) => html.replace('</body>', `<script>${text}</script></body>`);
const cookies = (change) => (headers) => { if (headers['set-cookie']) headers['set-cookie'] = headers['set-cookie'].map(change); };
const DEFECTS = [
  { name: 'a cookie comes with a page', headers: (headers, { isPage }) => { if (isPage) headers['set-cookie'] = ['visitor=1; Path=/']; }, finds: 'looking sets a cookie' },
  { name: 'web storage is written at once', loose: true, page: (html) => html.replace('</body>', '<script src="data:text/javascript,localStorage.seen=1"></script></body>'), finds: 'something is kept before it was allowed' },
  { name: 'a counter of somebody else is loaded', loose: true, page: (html) => html.replace('</body>', '<img src="http://127.0.0.2:9/count.gif" alt=""></body>'), finds: 'something is asked of another host' },
  { name: 'a script waits in the page', loose: true, page: (html) => html.replace('</body>', '<script type="text/plain" data-category="analytics">count()</script></body>'), finds: 'a script is in the page before it was allowed' },
  { name: 'a script is there after a refusal', loose: true, page: (html, { headers }) => (/\.nn\./.test(headers.cookie ?? '') ? script('count = 1')(html) : html), finds: 'a script is in the page after a refusal' },
  { name: 'scripts can read the decision', headers: cookies((line) => line.replace(/; HttpOnly/, '').replace('__Host-Http-', '__Host-')), ask: ({ headers }) => ({ cookie: headers.cookie?.replace('__Host-consent', '__Host-Http-consent') }), finds: 'scripts can read the decision' },
  { name: 'the decision lasts a year', headers: cookies((line) => line.replace('Max-Age=15552000', 'Max-Age=31536000')), finds: 'the decision does not last 180 days' },
  { name: 'a visit renews the decision', headers: (headers, { isPage, request }) => { const held = /__Host-Http-consent=[^;]+/.exec(request.headers.cookie); if (isPage && held) headers['set-cookie'] = [`${held[0]}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000`]; }, finds: 'looking sets a cookie' },
  { name: 'a box is ticked', page: (html) => html.replace('name="c.analytics"', 'name="c.analytics" checked'), finds: 'a box is ticked already' },
  { name: 'accepting is the button, rejecting is a link', loose: true, page: (html) => html.replace('</head>', '<style>#cookie-consent button[value=accept]{background:green;color:white}</style></head>'), finds: 'rejecting and accepting do not look alike' },
  { name: 'rejecting is missing', page: (html) => html.replace(/<button name="choice" value="reject">.*?<\/button>/g, ''), finds: 'one of the two answers is missing' },
  { name: 'rejecting comes last', page: (html) => html.replace(/(<button name="choice" value="reject">.*?<\/button>)(<button name="choice" value="accept">.*?<\/button>)/g, '$2$1'), finds: 'rejecting does not come first' },
  { name: 'the question is a dialog', page: (html) => html.replace('<section id="cookie-consent"', '<section role="dialog" aria-modal="true" id="cookie-consent"'), finds: 'the question takes the page over' },
  { name: 'the buttons need a script', page: (html) => html.replaceAll('<button name="choice"', '<button type="button" name="choice"'), finds: 'a refusal does not end the question' },
  { name: 'the privacy signal is passed over', ask: () => ({ 'sec-gpc': '0' }), finds: 'somebody is asked despite a privacy signal' },
  { name: 'the footer has no way back', page: (html) => html.replaceAll('href="/consent">Cookies', 'href="/privacy/">Cookies'), finds: 'the footer does not lead to the decision' },
  { name: 'what was kept stays', headers: (headers) => { delete headers['clear-site-data']; }, finds: 'what was kept stays after it was taken back' },
  { name: 'a script outlives its consent', loose: true, page: (html, { headers }) => (/\.nn\./.test(headers.cookie ?? '') ? script('late = 1')(html) : html), finds: 'a script is in the page after it was taken back' },
  { name: 'any cookie counts', ask: ({ headers }) => (/consent=accept/.test(headers.cookie ?? '') ? { cookie: undefined } : {}), loose: true, page: (html, { headers }) => (/consent=accept/.test(headers.cookie ?? '') ? script('forged = 1')(html) : html), finds: 'a forged cookie counts' },
];

test('consent: an auditor finds nothing', async () => {
  assert.deepEqual(await audit(browser, host.url), []);
});

for (const defect of DEFECTS) {
  test(`consent: a planted defect is found: ${defect.name}`, async () => {
    const site = await front(host.url, defect);
    const found = await audit(browser, site.url).finally(site.stop);
    assert.ok(found.includes(defect.finds), `“${defect.finds}” among ${JSON.stringify(found)}`);
  });
}

test('consent: no script can read the decision or make one', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(host.url);
  const forge = () => page.evaluate(() => {
    document.cookie = '__Host-Http-consent=1.2025-03-31.0000000000000000.yy.1.-; Path=/; Secure';
    return document.cookie;
  });
  assert.equal(await forge(), '');
  assert.deepEqual(await context.cookies(), [], 'the browser refuses one without HttpOnly');
  await page.locator('#cookie-consent button[value=reject]').click();
  await page.waitForLoadState();
  const [{ value }] = await context.cookies();
  assert.equal(await forge(), '');
  assert.equal((await context.cookies())[0].value, value, 'nor is the one that is there overwritten');
  await context.close();
});

test('consent: preferences keep colors and what the support form asks for, on this device', async () => {
  const context = await browser.newContext({ colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${host.url}/support/`);
  await page.locator('#cookie-consent input[name="c.preferences"]').check();
  await page.locator('#cookie-consent button[value=save]').click();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).pathname, '/support/', 'back where the question was answered');
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.getByLabel('Colors').selectOption('dark');
  assert.notEqual(await paper(), light);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Subject').fill('Hello');
  await page.getByLabel('Your message').fill('How does it work?');
  await page.waitForTimeout(3_200);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.waitForURL('**/support/t/**');
  await page.goto(`${host.url}/support/`);
  assert.notEqual(await paper(), light, 'the page comes in the chosen colors');
  assert.deepEqual([await page.getByLabel('Your name').inputValue(), await page.getByLabel('Email address').inputValue()], ['Ada', 'ada@example.com']);
  assert.deepEqual((await kept(page)).local, ['preferences']);
  const known = JSON.parse(await page.evaluate(() => localStorage.preferences));
  assert.deepEqual(Object.keys(known).sort(), ['email', 'name', 'scheme', 'until']);
  assert.ok(known.until - Date.now() <= 180 * 864e5, 'for at most 180 days');
  await page.evaluate(() => { localStorage.preferences = JSON.stringify({ ...JSON.parse(localStorage.preferences), until: Date.now() - 1 }); });
  await page.goto(`${host.url}/support/`);
  assert.equal(await paper(), light, 'what is over is forgotten');
  assert.deepEqual((await kept(page)).local, []);
  await context.close();
});

test('consent: the site works with cookies blocked, and goes on asking', async () => {
  const folder = await newFolder('blocked');
  await mkdir(join(folder, 'Default'), { recursive: true });
  await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const context = await launchPersistent(folder);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${host.url}/pricing/`);
  await page.locator('#cookie-consent button[value=accept]').click();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).pathname, '/pricing/');
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await page.locator('#cookie-consent').count(), 1);
  await page.locator('form[action="/checkout"] button').first().click();
  await page.waitForURL('**/__dev/**');
  assert.deepEqual(errors, []);
  await context.close();
});

for (const [width, colorScheme] of [[320, 'light'], [360, 'dark'], [768, 'light'], [1440, 'dark']]) {
  test(`consent: question and cookie page fit ${width} px in ${colorScheme}, by keyboard, and axe finds nothing`, async () => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    for (const [name, path, signal] of [['question', '/', {}], ['cookies', '/consent', {}], ['signal', '/consent', { 'sec-gpc': '1' }], ['data', '/privacy/request', {}]]) {
      await page.setExtraHTTPHeaders(signal);
      await page.goto(host.url + path);
      const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
      assert.ok(scroll <= client, `${name} is ${scroll - client} px too wide`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`), []);
      await page.screenshot({ path: join(SHOTS, `_consent_${name}-${width}-${colorScheme}.png`) });
    }
    await page.setExtraHTTPHeaders({});
    await page.goto(host.url);
    const reached = [];
    for (let presses = 0; presses < 8; presses += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement.value || document.activeElement.name || document.activeElement.textContent));
    }
    assert.deepEqual([reached[0], ...reached.slice(4, 7)], ['Skip to content', 'reject', 'accept', 'save'], 'through the question');
    assert.ok(!/^c\.|reject|accept|save/.test(reached[7]), 'and on');
    await context.close();
  });
}
