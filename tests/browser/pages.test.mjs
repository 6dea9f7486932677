// Every page that search engines may list, and some that they may not: axe finds nothing in light and dark, headings go down one step
// at a time, nothing moves while it loads, and a page stays within its budget. Titles and descriptions are each page's own.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { send } from '../hosts/http.mjs';
import { start } from '../hosts/native.mjs';

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
const UNLISTED = ['/404.html', '/500.html', '/search/', '/consent', '/checkout/cancel', '/privacy/request', '/nothing-here'];
/** Kilobytes: the page with its styles, compressed, which fits into the first round trip (RFC 6928: ten segments), and scripts as they are. */
const BUDGET = { paint: 14, scripts: 5 };

let [host, browser, axe, paths] = [];
before(async () => {
  assert.ok(CHROMIUM, 'Chromium is installed (tests/run does it; or set CHROMIUM)');
  host = await start();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'] });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const sitemap = (await send(`${host.url}/sitemap.xml`)).text;
  paths = [...sitemap.matchAll(/<loc>https?:\/\/[^/]+([^<]*)<\/loc>/g)].map(([, path]) => path);
  assert.ok(paths.length > 15 && paths.includes('/') && paths.includes('/pricing/'), sitemap);
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

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on any page in ${colorScheme}, headings are in order, and nothing moves`, async () => {
    const context = await browser.newContext({ viewport: { width: 768, height: 900 }, colorScheme });
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    for (const path of [...paths, ...UNLISTED]) {
      await page.goto(host.url + path);
      assert.equal(await page.evaluate(() => globalThis.moved), 0, `${path} moves`);
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
