// `site serve` in front of somebody who writes: after an edit a page comes anew at the place where they were, styles change under their
// eyes, and a mistake is on the page until it is mended.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { copyOfProject } from '../hosts/project.mjs';

const PAGE = 'content/terms.md';
const STYLES = 'themes/plus/assets/site.css';
const SCROLLED = 400;

let [root, host, browser, page] = [];
before(async () => {
  root = await copyOfProject();
  host = await start({ root });
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1024, height: 600 } })).newPage();
  // What a page asks while it waits would never end.
  await page.goto(`${host.url}/terms/`, { waitUntil: 'load' });
  // The theme scrolls smoothly, and a place that is only passed is none to come back to.
  await page.evaluate((y) => { globalThis.mark = 'here'; scrollTo({ top: y, behavior: 'instant' }); }, SCROLLED);
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

const edit = async (file, change) => writeFile(join(root, file), change(await readFile(join(root, file), 'utf8')));
const mark = () => page.evaluate(() => globalThis.mark);

test('other words come with the page anew, which stays where it was', async () => {
  await edit(PAGE, (text) => `${text}\nOne more sentence.\n`);
  await page.getByText('One more sentence.').waitFor();
  assert.equal(await mark(), undefined);
  await page.waitForFunction((y) => Math.round(scrollY) === y, SCROLLED);
});

test('other styles are put on the page that is open', async () => {
  const refused = [];
  page.on('console', (message) => { if (message.type() === 'error') refused.push(message.text()); });
  await page.evaluate(() => { globalThis.mark = 'here'; });
  for (const width of ['7px', '9px']) {
    await edit(STYLES, (text) => `${text}\nh1 { outline: ${width} solid; }\n`);
    await page.waitForFunction((width) => getComputedStyle(document.querySelector('h1')).outlineWidth === width, width);
  }
  await edit(STYLES, (text) => text.replaceAll(/\nh1 \{ outline.*\n/g, ''));
  await page.waitForFunction(() => !['7px', '9px'].includes(getComputedStyle(document.querySelector('h1')).outlineWidth));
  // It is the same page, at the same place, and its policy had nothing against it.
  assert.equal(await mark(), 'here');
  assert.equal(await page.evaluate(() => Math.round(scrollY)), SCROLLED);
  assert.deepEqual(refused, []);
});

test('words that follow styles come with the page anew', async () => {
  await edit(PAGE, (text) => `${text}\nAnd another sentence.\n`);
  await page.getByText('And another sentence.').waitFor();
  assert.equal(await mark(), undefined);
});

test('a mistake is on the page until it is mended', async () => {
  await edit(PAGE, (text) => text.replace('title:', 'titel:'));
  await page.getByRole('alert', { name: 'Build errors' }).getByText('content/terms.md:2').waitFor();
  await edit(PAGE, (text) => text.replace('titel:', 'title:'));
  await page.getByRole('alert', { name: 'Build errors' }).waitFor({ state: 'detached' });
});
