// Search: a word leads to the page and the place where it is, by keyboard alone; without JavaScript the list of all pages
// is there; the index and its script are small, and no word leaves the page.

import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listed } from '../hosts/addresses.mjs';
import { launch } from '../hosts/chromium.mjs';
import { send } from '../hosts/http.mjs';
import { start } from '../hosts/native.mjs';
import { copyOfProject } from '../hosts/project.mjs';

/** Kilobytes, compressed as they travel; the index also as it is. */
const BUDGET = { index: 30, indexPacked: 15, script: 2.25 };

/** What nearly every page says, so that it leads to titles and headings only. */
const EVERYWHERE = ['client', 'portal', 'plus', 'wordpress', 'plugin', 'plugins', 'that', 'this', 'with', 'your', 'from', 'have'];

/** Words in Polish, which has more forms for a number than English, and pages with titles that are found. */
const POLISH = `
pl:
  search_found: "one: {count} strona | few: {count} strony | many: {count} stron"
  search_nothing: Nic nie ma.
  search_failed: Nie działa.
`;
const POLISH_TITLES = { about: 'jeden dwa wiele', terms: 'dwa wiele', refunds: 'wiele', 'docs/install': 'wiele', 'docs/updates': 'wiele', search: 'Szukaj' };

let [host, browser, axe, paths] = [];
before(async () => {
  host = await start();
  browser = await launch();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  paths = await listed(host.url);
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

/** A page of its own, with what it asked of the host. */
async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 768, height: 900 }, ...options });
  const page = await context.newPage();
  const asked = [];
  const errors = [];
  page.on('request', (request) => asked.push(request.url().slice(host.url.length)));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(host.url + path);
  return { page, asked, errors, close: () => context.close() };
}

const results = (page) => page.locator('.results a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));

/** Types, and waits until the number of results is said. */
async function look(page, words) {
  await page.locator('#q').fill(words);
  await page.locator('.search [role=status]').filter({ hasText: /found/i }).waitFor();
  return results(page);
}

test('somebody finds a place by keyboard alone, and the index is loaded only then', async () => {
  const { page, asked, errors, close } = await open('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Search' }).click();
  await page.waitForURL('**/search/');
  const isIndex = (url) => /^\/assets\/search\.[0-9a-f]{8}\.json$/.test(url);
  await page.waitForFunction(() => document.querySelector('.search').classList.contains('is-live'));
  assert.equal(asked.filter(isIndex).length, 0, 'nobody searches yet');
  // Whoever speaks to the computer types by accident: a single character may do nothing (WCAG 2.1.4).
  for (const key of ['/', 'k', 'Alt+k', 'Control+Shift+k']) {
    await page.keyboard.press(key);
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'q', key);
  }
  await page.keyboard.press('Control+k');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
  await page.keyboard.type('deactiv');
  await page.locator('.results a').first().waitFor();
  assert.match(await page.locator('.search [role=status]').textContent(), /^\d+ pages? found$/);
  assert.equal(asked.filter(isIndex).length, 1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const second = (await results(page))[1];
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), second);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#q').inputValue(), '');
  assert.deepEqual([await results(page), await page.locator('.search [role=status]').textContent()], [[], '']);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
  await page.keyboard.type('move to another site');
  await page.locator('.results a').first().waitFor();
  const [first] = await results(page);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${first}`);
  assert.ok(asked.every((url) => !/deactiv|another/.test(url)), `${asked}`);
  assert.deepEqual(errors, []);
  await close();
});

test('the shortcut is said as the keyboard has it, and is announced with the field', async () => {
  for (const [platform, keys, said] of [['Linux x86_64', 'Control+K', 'Ctrl+K'], ['MacIntel', 'Meta+K', '⌘K']]) {
    const { page, errors, close } = await open('/');
    await page.addInitScript((platform) => Object.defineProperty(Navigator.prototype, 'platform', { get: () => platform }), platform);
    await page.goto(`${host.url}/search/`);
    const field = page.locator(`#q[aria-keyshortcuts="${keys}"]`);
    await field.waitFor();
    assert.equal(await page.locator('.keys kbd').first().textContent(), said);
    // The other key is taken: on a Mac, Control+K cuts the rest of a line.
    await page.keyboard.press(keys === 'Meta+K' ? 'Control+k' : 'Meta+k');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'q', platform);
    await page.keyboard.press(keys.toLowerCase().replace('control', 'Control').replace('meta', 'Meta'));
    assert.equal(await page.evaluate(() => document.activeElement.id), 'q', platform);
    assert.deepEqual(errors, []);
    await close();
  }
});

test('a title counts more than a heading and that more than text, all words count, and the last may be unfinished', async () => {
  const { page, errors, close } = await open('/search/');
  const first = async (words) => (await look(page, words))[0];
  assert.equal(await first('terms'), '/terms/');
  assert.equal(await first('refund'), '/refunds/');
  assert.equal(await first('install'), '/docs/install/');
  assert.equal(await first('upload plugin zip'), '/docs/install/#install-it');
  assert.equal(await first('policies'), '/privacy/');
  assert.equal(await first('PRÍVACY pol'), '/privacy/');
  assert.deepEqual(await look(page, 'refund nowhereword'), []);
  assert.match(await page.locator('.search [role=status]').textContent(), /Nothing found/);
  assert.deepEqual(errors, []);
  await close();
});

test('a page is found by every word that it has, and what is not listed is not found', async () => {
  const { page, close } = await open('/search/');
  await look(page, 'refund');
  const known = new Set();
  for (const path of ['/docs/updates/', '/terms/', '/pricing/', '/changelog/']) {
    const words = await page.evaluate(async (path) => {
      const there = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html').querySelector('main');
      there.querySelectorAll('script, style, template, svg, nav, button, select, textarea').forEach((silent) => silent.remove());
      there.querySelectorAll(':not(a, abbr, b, code, em, i, mark, small, span, strong, sub, sup, wbr)').forEach((block) => { block.before(' '); block.after(' '); });
      return [...new Set(there.textContent.match(/[\p{L}\p{N}]+/gu))].filter((word) => word.length > 3);
    }, path);
    assert.ok(words.length > 20, path);
    const found = await page.evaluate(async (words) => {
      const [field, list] = [document.querySelector('#q'), document.querySelector('.results')];
      const found = [];
      for (const word of words) {
        field.value = word;
        field.dispatchEvent(new Event('input'));
        // The index is there, so the next task sees the results.
        await new Promise((done) => setTimeout(done));
        found.push([...list.querySelectorAll('a')].map((link) => link.pathname));
      }
      return found;
    }, words);
    found.flat().forEach((path) => known.add(path));
    const missing = words.filter((_, at) => !found[at].includes(path));
    // What nearly all pages say does not tell them apart: only a title or a heading with it counts.
    assert.deepEqual(missing.filter((word) => !EVERYWHERE.includes(word.toLowerCase())), [], path);
  }
  for (const path of known) assert.ok(paths.includes(path), path);
  assert.ok(![...known].some((path) => /\/privacy\/\d|compare|since|404/.test(path)), [...known].join());
  await close();
});

test('an address with words in it shows what they find, and so does coming back', async () => {
  const { page, close } = await open('/search/?q=refund');
  await page.locator('.results a[href^="/refunds/"]').first().waitFor();
  assert.equal(await page.locator('#q').inputValue(), 'refund');
  await look(page, 'terms');
  await page.locator('.results a[href="/terms/"]').click();
  await page.waitForURL('**/terms/');
  await page.goBack();
  await page.locator('.results a').first().waitFor();
  await close();
  const moved = await send(`${host.url}/search?q=refund`);
  assert.deepEqual([moved.status, moved.headers.location], [308, '/search/?q=refund']);
});

test('what the search says is in the language of the page, in each form that a number has there', async (t) => {
  const titled = (title) => `---\ntitle: ${title}\ndescription: Strona.\nweight: 1\n---\n`;
  const root = await copyOfProject({ files: Object.fromEntries(Object.entries(POLISH_TITLES).map(([name, title]) => [`${name}.pl.md`, titled(title)])) });
  await appendFile(join(root, 'themes/plus/strings.yaml'), POLISH);
  const settings = join(root, 'content/site.yaml');
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('\nlanguages: [en]\n', '\nlanguage: en\nlanguages: { pl: {} }\n'));
  const translated = await start({ root });
  t.after(() => translated.stop());
  const page = await browser.newPage();
  await page.goto(`${translated.url}/pl/search/`);
  for (const [word, said] of [['jeden', '1 strona'], ['dwa', '2 strony'], ['wiele', '5 stron'], ['nigdzie', 'Nic nie ma.']]) {
    await page.locator('#q').fill(word);
    await page.locator('.search [role=status]').filter({ hasText: said }).waitFor();
  }
  await page.route('**/assets/search.*.json', (route) => route.abort());
  await page.reload();
  await page.locator('#q').fill('jeden');
  await page.locator('.search [role=status]').filter({ hasText: 'Nie działa.' }).waitFor();
  await page.close();
});

test('without JavaScript every page is there, and no field that does nothing', async () => {
  const { page, close } = await open('/search/', { javaScriptEnabled: false });
  assert.equal(await page.locator('#q').isVisible(), false);
  assert.ok(await page.getByText('Searching needs JavaScript').isVisible());
  const listed = await page.locator('.all a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const permalinks = /^\/privacy\/\d{4}/;
  assert.deepEqual([...listed].sort(), paths.filter((path) => !permalinks.test(path)).sort());
  await close();
});

test('the page is not listed, axe finds nothing with results on it, nothing moves, and it fits a phone', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await open('/search/', { colorScheme, viewport: { width: 360, height: 740 } });
    assert.equal(await page.locator('meta[name=robots]').getAttribute('content'), 'noindex');
    const moved = await page.evaluate(() => new Promise((done) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => done(sum), 300);
    }));
    assert.equal(moved, 0);
    for (const words of ['', 'license', 'nowhereword']) {
      if (words) await look(page, words);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${words}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${words}: it is too wide`);
    }
    await close();
  }
});

test('the index is within its budget, is kept for ever, and its script is small', async () => {
  const { text } = await send(`${host.url}/search/`);
  const [, address] = /data-index="?([^\s">]+)/.exec(text);
  const index = await send(host.url + address);
  assert.equal(index.status, 200);
  assert.match(index.headers['cache-control'], /immutable/);
  assert.match(index.headers['content-type'], /^application\/json/);
  const size = (bytes) => Buffer.byteLength(bytes) / 1024;
  assert.ok(size(index.text) <= BUDGET.index, `${size(index.text).toFixed(1)} KB`);
  assert.ok(size(gzipSync(index.text)) <= BUDGET.indexPacked, `${size(gzipSync(index.text)).toFixed(1)} KB compressed`);
  const [, script] = /<script(?=[^>]*type="?module)[^>]*src="?([^\s">]+)/.exec(text);
  const code = (await send(host.url + script)).text;
  assert.ok(size(gzipSync(code)) <= BUDGET.script, `${size(gzipSync(code)).toFixed(1)} KB of script, compressed`);
});
