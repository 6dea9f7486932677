// Every page that search engines may list, and some that they may not: axe finds nothing in light and dark, headings go down one step
// at a time, nothing moves while it loads, and a page stays within its budget. Titles and descriptions are each page's own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { UNLISTED, listed } from '../hosts/addresses.mjs';
import { launch } from '../hosts/chromium.mjs';
import { send } from '../hosts/http.mjs';
import { front } from '../hosts/front.mjs';
import { start } from '../hosts/native.mjs';

/** Kilobytes: the page with its styles, compressed, which fits into the first round trip (RFC 6928: ten segments), and scripts as they are. */
const BUDGET = { paint: 14, scripts: 5 };

/** Until a page that was loaded has come to rest. */
const REST_MS = 200;

/** How often a page is loaded before it is said to move. */
const LOADS = 5;

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

/** Notes how far anything moves on its own while the page is there. */
const WATCH = () => {
  globalThis.moved = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.moved += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
};

/** How far a page moves. A browser short of time may paint one that it has read in part; what moves by itself moves each time. */
async function movement(page, address) {
  let sum;
  for (let load = 0; load < LOADS && sum !== 0; load += 1) {
    await page.goto(address);
    await page.waitForTimeout(REST_MS);
    sum = await page.evaluate(() => globalThis.moved);
  }
  return sum;
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on any page in ${colorScheme}, headings are in order, and nothing moves`, async () => {
    const context = await browser.newContext({ viewport: { width: 768, height: 900 }, colorScheme });
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    for (const path of [...paths, '/404.html', ...UNLISTED]) {
      assert.equal(await movement(page, host.url + path), 0, `${path} moves`);
      const levels = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1])));
      assert.deepEqual(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1), [], `${path} leaves out a step: ${levels}`);
      assert.equal(levels.filter((level) => level === 1).length, 1, `${path} has one main heading`);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`), []);
    }
    await context.close();
  });
}

/** Which pages move until they have come to rest, on a screen of this width, and how far. */
async function moved(pages, width) {
  const context = await browser.newContext({ viewport: { width, height: 740 } });
  await context.addInitScript(WATCH);
  const page = await context.newPage();
  const all = {};
  for (const [path, address] of pages) {
    const sum = await movement(page, address);
    if (sum !== 0) all[path] = sum;
  }
  await context.close();
  return all;
}

test('nothing moves on a narrow or a wide screen either, and what does is seen', async () => {
  for (const width of [360, 1440]) assert.deepEqual(await moved([...paths, ...UNLISTED].map((path) => [path, host.url + path]), width), {}, `${width} px`);
  const late = "setTimeout(() => document.querySelector('main').insertAdjacentHTML('afterbegin', '<p style=\"height:9rem\">late</p>'), 50)";
  const site = await front(host.url, { loose: true, page: (html) => html.replace('</body>', `<script>${late}</script></body>`) });
  const found = await moved([['/terms/', `${site.url}/terms/`]], 360).finally(site.stop);
  assert.ok(found['/terms/'] > 0.05, JSON.stringify(found));
});

test('the page of a folder leads to every page in it', async () => {
  const { text } = await send(`${host.url}/docs/`);
  const main = text.slice(text.indexOf('<main'), text.indexOf('</main>'));
  const missing = paths.filter((path) => /^\/docs\/./.test(path) && !main.includes(`href="${path}"`));
  assert.deepEqual(missing, []);
});

test('the day of a release is one that nobody misreads', async () => {
  const { text } = await send(`${host.url}/changelog/`);
  assert.deepEqual([...text.matchAll(/<time datetime="?([^\s">]+)"?>([^<]+)</g)].map(([, iso, words]) => [iso, words]), [['2026-05-01', '1 May 2026']]);
});

test('titles and descriptions are each page’s own, and every page is within its budget', async () => {
  const seen = new Map();
  for (const path of paths) {
    const { text } = await send(host.url + path);
    const [, title] = /<title>([^<]*)<\/title>/.exec(text);
    const [, description] = /<meta (?=[^>]*name="description")[^>]*content="([^"]*)"/.exec(text) ?? [];
    assert.ok(description, `${path} has a description`);
    for (const words of [`title ${title}`, `description ${description}`]) {
      assert.ok(!seen.has(words), `${path} and ${seen.get(words)} have the same ${words}`);
      seen.set(words, path);
    }
    assert.ok(!/<link (?=[^>]*rel="?stylesheet)/.test(text), `${path} is painted without a second question`);
    const paint = gzipSync(text).length / 1024;
    const scripts = [...text.matchAll(/<script(?![^>]*ld\+json)(?![^>]*__dev)[^>]*>([\s\S]*?)<\/script>/g)].reduce((sum, [, script]) => sum + script.length, 0) / 1024;
    assert.ok(paint <= BUDGET.paint, `${path} is ${paint.toFixed(1)} KB`);
    assert.ok(scripts <= BUDGET.scripts, `${path} has ${scripts.toFixed(1)} KB of scripts`);
  }
});
