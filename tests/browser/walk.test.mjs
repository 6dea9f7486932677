// A person at a screen: home, pricing, Buy, payment page, license. Once with the keyboard alone, once without
// JavaScript, and at three widths in light and dark. Nothing may come from elsewhere, and nothing may be complained of.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { OUT, until } from '../hosts/project.mjs';
import { keyIn } from '../hosts/visitor.mjs';

const WIDTHS = [360, 768, 1440];
const SHOTS = join(OUT, 'screenshots');

let host;
let browser;
before(async () => {
  await mkdir(SHOTS, { recursive: true });
  host = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

/** Opens a page that writes down everything it should not do. */
async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    // Whoever leaves a page stops what it was still loading, and cuts the live-reload connection of `serve`.
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED' && !request.url().includes('/__dev/')) complaints.push(`failed: ${request.url()} ${why}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${host.url}/`) && !request.url().startsWith('data:')) complaints.push(`elsewhere: ${request.url()}`);
  });
  page.on('response', (response) => response.status() >= 400 && complaints.push(`${response.status()}: ${response.url()}`));
  return { page, complaints, close: () => context.close() };
}

/** Presses Tab until the focus is on an element that matches, and checks that the focus can be seen. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const reached = await page.evaluate((wanted) => {
      const element = document.activeElement;
      if (!element?.matches(wanted)) return null;
      const style = getComputedStyle(element);
      return { visible: style.outlineStyle !== 'none' || style.boxShadow !== 'none' };
    }, selector);
    if (reached) {
      assert.ok(reached.visible, `the focus on ${selector} can be seen`);
      return;
    }
  }
  assert.fail(`the keyboard never reaches ${selector}`);
}

/** The license that the success page shows must be the one in the mail. */
async function checkSuccess(page, email) {
  await page.waitForURL('**/checkout/success?*');
  const key = keyIn(await page.locator('.license-key').innerText());
  assert.ok(key, 'the key is on the page');
  const mail = await until('the mail', async () => (await host.mails()).find(({ to }) => to === email));
  assert.ok(mail.text.split(/\r?\n/).includes(key), 'the mail carries the same key on a line of its own');
}

test('a visitor buys with the keyboard alone', async () => {
  const { page, complaints, close } = await openPage();
  await page.goto(`${host.url}/`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main', 'the first stop skips to the content');
  await tabTo(page, 'header a[href="/pricing/"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/pricing/');
  await tabTo(page, 'form[action="/checkout"] button');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/__dev/checkout**');
  await tabTo(page, 'input[type="email"]');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('keyboard@example.com');
  await page.keyboard.press('Enter');
  await checkSuccess(page, 'keyboard@example.com');
  assert.deepEqual(complaints, []);
  await close();
});

test('a visitor buys without JavaScript', async () => {
  const { page, complaints, close } = await openPage({ javaScriptEnabled: false });
  await page.goto(`${host.url}/`);
  await page.locator('header a[href="/pricing/"]').click();
  await page.waitForURL('**/pricing/');
  await page.locator('form[action="/checkout"] button').first().click();
  await page.waitForURL('**/__dev/checkout**');
  await page.locator('input[type="email"]').fill('noscript@example.com');
  await page.locator('form[method="post"] button').first().click();
  await checkSuccess(page, 'noscript@example.com');
  assert.deepEqual(complaints, []);
  await close();
});

/** A holder with two active sites, one of them for staging: their key, and the link that they are mailed. */
async function holder(email, ask) {
  const { page, close } = await openPage({ javaScriptEnabled: false });
  await page.goto(`${host.url}/pricing/`);
  await page.locator('form[action="/checkout"] button').nth(2).click();
  await page.locator('input[type="email"]').fill(email);
  await page.locator('form[method="post"] button').first().click();
  await page.waitForURL('**/checkout/success?*');
  const key = keyIn(await page.locator('.license-key').innerText());
  await close();
  for (const site of ['https://one.example.org', 'https://staging.example.org']) {
    const body = JSON.stringify({ license_key: key, site, version: '1.0.0' });
    const answer = await fetch(`${host.url}/api/v1/licenses/activate`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 200, await answer.text());
  }
  await ask(email);
  const mail = await until('the mail', async () => (await host.mails()).find(({ to, subject }) => to === email && subject === 'Your licenses'));
  return { key, link: mail.text.split(/\r?\n/).find((line) => line.includes('/licenses/o/')) };
}

test('a holder finds their page and deactivates a site with the keyboard alone', async () => {
  const { page, complaints, close } = await openPage();
  const { key, link } = await holder('holder@example.com', async (email) => {
    await page.goto(`${host.url}/licenses/`);
    await tabTo(page, 'form[action="/licenses/resend"] input');
    await page.keyboard.type(email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Look into your mail' }).waitFor();
  });
  await page.goto(link);
  assert.equal(keyIn(await page.locator('.license-key').innerText()), key);
  assert.equal(await page.getByRole('region', { name: 'Client Portal Plus' }).count(), 1, 'a license is a part of the page with a name');
  const names = await page.locator('main button').evaluateAll((all) => all.map((button) => button.textContent.replace(/\s+/g, ' ').trim()));
  assert.equal(new Set(names).size, names.length, `each button says what it is for: ${names}`);
  await tabTo(page, '.site:not(:has(.standing)) button');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/licenses/o/*?notice=deactivated');
  await page.getByRole('status').getByText('The site is deactivated').waitFor();
  assert.equal(await page.locator('.site').count(), 1);
  await tabTo(page, 'form[action$="/portal"] button');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/__dev/portal?*');
  await tabTo(page, 'main a[href*="/licenses/o/"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/licenses/o/*');
  assert.deepEqual(complaints, []);
  await close();
});

test("the holder's page fits every width in light and dark, with and without what goes wrong", async () => {
  const { link } = await holder('widths@example.com', (email) => fetch(`${host.url}/licenses/resend`, { method: 'POST', body: new URLSearchParams({ email }) }));
  for (const colorScheme of ['light', 'dark']) {
    for (const width of WIDTHS) {
      const { page, close } = await openPage({ colorScheme, javaScriptEnabled: true, viewport: { width, height: 900 } });
      const check = async (name) => {
        const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
        assert.ok(scroll <= client, `${name} is ${scroll - client} px too wide at ${width} px`);
        const levels = await page.locator('h1, h2, h3').evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
        levels.reduce((above, level) => (assert.ok(level <= above + 1, `${name}: no heading is skipped`), level), 0);
        await page.screenshot({ path: join(SHOTS, `_owner_${name}-${width}-${colorScheme}.png`), fullPage: true });
      };
      await page.goto(link);
      await check('licenses');
      await page.goto(`${link}x`);
      await check('no-link');
      await page.goto(`${host.url}/licenses/`);
      const form = page.locator('form[action="/licenses/resend"]');
      await form.evaluate((element) => { element.noValidate = true; });
      await form.locator('input').fill('somebody');
      await form.locator('button').click();
      await page.getByText('This is not an email address').waitFor();
      await check('slip');
      await page.locator('input[name="email"]').fill('stranger@example.org');
      await page.locator('form[action="/licenses/resend"] button').click();
      await page.getByText('Look into your mail').first().waitFor();
      await check('asked');
      await close();
    }
  }
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of WIDTHS) {
    test(`every page fits ${width} px in ${colorScheme} and keeps to itself`, async () => {
      const { page, complaints, close } = await openPage({ colorScheme, viewport: { width, height: 900 } });
      for (const path of ['/', '/features/', '/pricing/', '/docs/', '/docs/install/', '/docs/activation/', '/docs/updates/', '/docs/privacy/', '/docs/license-token/', '/about/', '/terms/', '/refunds/', '/changelog/', '/support/', '/licenses/', '/contact/', '/privacy/', '/privacy/2025-03-31/', '/privacy/history/', '/privacy/upcoming/', '/privacy/since/2025-03-31/', '/privacy/promises/', '/checkout/cancel']) {
        await page.goto(`${host.url}${path}`);
        const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
        assert.ok(scroll <= client, `${path} is ${scroll - client} px too wide`);
        assert.equal(await page.locator('h1').count(), 1, `${path} has one main heading`);
        await page.screenshot({ path: join(SHOTS, `${path.replaceAll('/', '_')}-${width}-${colorScheme}.png`), fullPage: true });
      }
      await page.goto(`${host.url}/pricing/`);
      await page.locator('form[action="/checkout"] button').first().click();
      await page.locator('input[type="email"]').fill(`screen-${width}-${colorScheme}@example.com`);
      await page.locator('form[method="post"] button').first().click();
      await page.waitForURL('**/checkout/success?*');
      const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
      assert.ok(scroll <= client, 'the license fits the screen');
      await page.screenshot({ path: join(SHOTS, `_success-${width}-${colorScheme}.png`), fullPage: true });
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test('the buttons of a plan say what they do without the plan around them', async () => {
  const { page, close } = await openPage({ javaScriptEnabled: false });
  await page.goto(`${host.url}/pricing/`);
  const plan = page.locator('form[action="/checkout"]', { has: page.locator('input[value="business"]') });
  for (const [name, provider] of [['Pay by card for Business', 'stripe'], ['Pay with PayPal for Business', 'paypal']]) {
    const button = plan.getByRole('button', { name, exact: true });
    assert.deepEqual([await button.getAttribute('name'), await button.getAttribute('value')], ['provider', provider]);
  }
  await page.goto(`${host.url}/support/`);
  await page.locator('main a[href="/licenses/"]').click();
  const field = page.getByLabel('Email address');
  assert.deepEqual([await field.getAttribute('autocomplete'), await field.getAttribute('name')], ['email', 'email']);
  const form = page.locator('form[action="/licenses/resend"][method="post"]');
  assert.deepEqual([await form.locator('input').count(), await form.locator('button').count()], [1, 1]);
  await close();
});

test('a page that does not exist is a page all the same', async () => {
  const { page, close } = await openPage();
  const response = await page.goto(`${host.url}/nothing-here/`);
  assert.equal(response.status(), 404);
  assert.ok(await page.locator('header a[href="/"]').count(), 'it leads back');
  await close();
});
