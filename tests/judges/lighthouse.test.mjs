// Google Lighthouse as a phone sees the site: 100 in accessibility, best practices and search engines on every page. How fast a page is,
// is said and not judged, because it depends on the machine; what a page weighs is judged in `browser/pages.test.mjs`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import lighthouse from 'lighthouse';
import { UNLISTED, listed } from '../hosts/addresses.mjs';
import { launch } from '../hosts/chromium.mjs';
import { front, published } from '../hosts/front.mjs';
import { start } from '../hosts/native.mjs';
import { freePort } from '../hosts/project.mjs';

const JUDGED = ['accessibility', 'best-practices', 'seo'];
/** Nothing is slowed down, and nobody waits for more where no speed is measured. */
const AT_ONCE = { throttlingMethod: 'simulate', pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0, disableFullPageScreenshot: true };
/** Search engines are kept away from these on purpose, so whether they may come is not asked. */
const APART = { skipAudits: ['is-crawlable'] };

let [host, site, browser, port] = [];
before(async () => {
  host = await start();
  site = await published(host.url);
  port = await freePort();
  browser = await launch(`--remote-debugging-port=${port}`);
});
after(async () => {
  await browser?.close();
  await site?.stop();
  await host?.stop();
});

async function judge(url, flags) {
  const { lhr } = await lighthouse(url, { port, logLevel: 'silent', onlyCategories: JUDGED, formFactor: 'mobile', ...flags });
  assert.equal(lhr.runtimeError, undefined, `${url}: ${lhr.runtimeError?.message}`);
  return lhr;
}

/** What costs a page points, each with the first elements that do. */
function problems(lhr) {
  return JUDGED.map((id) => lhr.categories[id]).filter(({ score }) => score !== 1).map(({ id, score, auditRefs }) => {
    const lost = auditRefs.map((audit) => [audit.weight, lhr.audits[audit.id]]).filter(([weight, audit]) => weight > 0 && audit.score !== null && audit.score < 1);
    return `${new URL(lhr.finalDisplayedUrl).pathname}: ${id} ${score}: ${lost.map(([, { id: name, details }]) => `${name} ${JSON.stringify(details?.items?.slice(0, 3) ?? []).slice(0, 600)}`).join('; ')}`;
  });
}

test('every page that is listed has 100 in accessibility, best practices and search engines', async () => {
  const found = [];
  for (const path of await listed(site.url)) found.push(...problems(await judge(site.url + path, AT_ONCE)));
  assert.deepEqual(found, []);
});

test('so have the pages that are not, but that search engines are to stay away from them', async () => {
  // A page with a status that says there is none is not judged at all, so this one says that it is there.
  const there = await front(site.url, { status: () => 200 });
  try {
    const found = [];
    for (const path of UNLISTED) found.push(...problems(await judge(there.url + path, { ...AT_ONCE, ...APART })));
    assert.deepEqual(found, []);
  } finally {
    await there.stop();
  }
});

test('a planted defect costs points in each of the three', async () => {
  const defects = [
    { costs: 'accessibility', by: 'image-alt', page: (html) => html.replace('<main', '<img src="/assets/none.svg"><main') },
    { costs: 'best-practices', by: 'doctype', page: (html) => html.replace('<!doctype html>', '') },
    { costs: 'seo', by: 'meta-description', page: (html) => html.replace(/<meta (?=[^>]*name="description")[^>]*>/, '') },
  ];
  for (const { costs, by, page } of defects) {
    const broken = await front(site.url, { page });
    const found = problems(await judge(`${broken.url}/terms/`, AT_ONCE)).filter((problem) => problem.startsWith(`/terms/: ${costs} `));
    await broken.stop();
    assert.ok(found.length === 1 && found[0].includes(by), `${by}: ${found}`);
  }
});

test('how fast the first page is, on a phone with a slow connection, is said', async (context) => {
  const { categories, audits } = await judge(`${site.url}/`, { onlyCategories: ['performance'] });
  assert.equal(typeof categories.performance.score, 'number');
  const said = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'].map((id) => `${id} ${audits[id].displayValue}`);
  context.diagnostic(`performance ${Math.round(categories.performance.score * 100)}: ${said.join(', ')}`);
});
