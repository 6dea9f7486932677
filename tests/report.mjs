// Gathers the reports of all test runs of `tests/run` into one file: which test passed, and when they were run.
// `node tests/report.mjs FOLDER FILE`. A test that ran on several hosts passed when it passed on each.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescape = (text) => text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) =>
  (name ? ENTITIES[name] : String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16))));

/** Test cases of a JUnit file: nextest names the crate in `classname`, node's runner writes `test` there. */
function* junit(text) {
  for (const [, attributes, rest] of text.matchAll(/<testcase\b([^>]*?)(\/>|>[\s\S]*?<\/testcase>)/g)) {
    const read = (name) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
    const crate = read('classname');
    const name = crate && crate !== 'test' ? `${crate}::${read('name')}` : read('name');
    yield [name, !/<(failure|error|skipped)\b/.test(rest)];
  }
}

/** What `cargo test` prints, where nextest is not installed. */
function* plain(text) {
  let crate = '';
  for (const line of text.split('\n')) {
    crate = /Running unittests (?:\S+) \(\S*\/(\w+)-[0-9a-f]+\)/.exec(line)?.[1] ?? crate;
    const [, name, outcome] = /^test (\S+) \.\.\. (ok|FAILED)/.exec(line) ?? [];
    if (name) yield [`${crate}::${name}`, outcome === 'ok'];
  }
}

const [folder, file] = process.argv.slice(2);
const tests = {};
for (const name of (await readdir(folder)).sort()) {
  const text = await readFile(join(folder, name), 'utf8');
  for (const [test, passed] of name.endsWith('.xml') ? junit(text) : plain(text)) tests[test] = passed && (tests[test] ?? true);
}
const sorted = Object.fromEntries(Object.entries(tests).sort(([a], [b]) => (a < b ? -1 : 1)));
const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
await writeFile(file, `${JSON.stringify({ at, tests: sorted }, null, 1)}\n`);
console.log(`${Object.keys(sorted).length} tests, ${Object.values(sorted).filter((passed) => !passed).length} failed`);
