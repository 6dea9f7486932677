// Readers and a change of the policy, in a browser: a version is announced, takes effect at its very moment without
// another build, and the old one stays readable.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { OUT, until } from '../hosts/project.mjs';

const SHOTS = join(OUT, 'screenshots');
const COMPARISON = '/privacy/compare/2025-03-31..2027-03-01/';
/** The version takes effect at midnight UTC; the clock of the host starts a little before it and runs. */
const BEFORE = '2027-02-28T23:59:45Z';

let host;
let browser;
before(async () => {
  await mkdir(SHOTS, { recursive: true });
  host = await start({ at: BEFORE });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

const open = async (options) => (await browser.newContext({ javaScriptEnabled: false, ...options })).newPage();

test('a version is announced, takes effect at midnight without a build, and the old one stays', async () => {
  const page = await open();
  await page.goto(`${host.url}/privacy/`);
  assert.equal(await page.locator('article time').first().getAttribute('datetime'), '2025-03-31');
  assert.ok((await page.locator('main').innerText()).includes('1 March 2027'), 'the next version is announced');
  await page.goto(`${host.url}/privacy/2027-03-01/`);
  assert.equal(await page.locator('meta[name=robots]').getAttribute('content'), 'noindex');

  await until('midnight', async () => {
    await page.goto(`${host.url}/privacy/`);
    return (await page.locator('article time').first().getAttribute('datetime')) === '2027-03-01';
  }, 40);
  assert.equal(await page.locator('link[rel=canonical]').count(), 1);
  await page.goto(`${host.url}/privacy/2027-03-01/`);
  assert.equal(await page.locator('meta[name=robots]').count(), 0, 'the version in force may be found');
  await page.goto(`${host.url}/privacy/2025-03-31/`);
  assert.match(await page.locator('main').innerText(), /no longer in force|not in force since/i);
  assert.equal(await page.locator('meta[name=robots]').getAttribute('content'), 'noindex');
  const feed = await (await fetch(`${host.url}/privacy/feed.xml`)).text();
  assert.equal(feed.match(/<entry>/g).length, 4, 'two versions, each published and in force');
});

test('any date leads to what changed since', async () => {
  const page = await open();
  await page.goto(`${host.url}/privacy/since/2026-01-01/`);
  assert.equal(new URL(page.url()).pathname, '/privacy/since/2027-03-01/');
  assert.equal((await page.goto(`${host.url}/privacy/since/yesterday/`)).status(), 404);
});

test('the redline can be read without colour, and each change is linked', async () => {
  for (const [width, colorScheme] of [[360, 'light'], [768, 'dark'], [1440, 'light']]) {
    const page = await open({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled: true });
    await page.goto(host.url + COMPARISON);
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    assert.ok(scroll <= client, `${scroll - client} px too wide`);
    const removed = page.locator('del').first();
    assert.match(await removed.evaluate((element) => getComputedStyle(element).textDecorationLine), /line-through/);
    assert.match(await page.locator('ins').first().innerText(), /\S/);
    const links = await page.locator('main a[href^="#change-"]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    assert.ok(links.length > 10, 'the changes are listed first');
    for (const link of links) assert.equal(await page.locator(link).count(), 1, link);
    await page.screenshot({ path: join(SHOTS, `_privacy_compare-${width}-${colorScheme}.png`), fullPage: true });
  }
  const diff = await fetch(`${host.url}${COMPARISON}redline.diff`);
  assert.match(await diff.text(), /^--- 2025-03-31\.md\n\+\+\+ 2027-03-01\.md\n/);
});

test('the page of promises says where it is, leads back, and says nothing twice in its tables', async () => {
  const page = await open();
  await page.goto(`${host.url}/privacy/promises/`);
  const { itemListElement: steps } = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
  assert.deepEqual(steps.map(({ position, item }) => [position, new URL(item).pathname]), [[1, '/'], [2, '/privacy/'], [3, '/privacy/promises/']]);
  assert.ok(steps.every(({ name }) => name), JSON.stringify(steps));
  const links = await page.getByRole('navigation', { name: 'About this policy' }).getByRole('link').evaluateAll((all) => all.map((link) => link.pathname));
  assert.deepEqual(links, ['/privacy/', '/privacy/history/', '/privacy/feed.xml']);
  const tables = await page.locator('table').evaluateAll((all) => all.map((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))));
  assert.equal(tables.length, 3);
  for (const rows of tables) {
    const said = rows.map(([, ...rest]) => rest.join(' | '));
    assert.deepEqual(said.filter((row, at) => said.indexOf(row) !== at), []);
    for (const [names] of rows) assert.equal(new Set(names.split(', ')).size, names.split(', ').length, names);
  }
});
