// What a build costs beside Hugo's and Zola's, on the same pages: time and memory of the whole process, in turn, on one machine.
// Where there is no Hugo (`HUGO`, or on the path) or no Zola (`ZOLA`), it is measured without. With the largest site all of them
// then mark the words of code too.
//
// A build is a first one: nothing of the last is there, neither output nor what is kept below the root.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFile, mkdtemp, open, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SITE_BINARY } from '../hosts/project.mjs';
import { write } from './corpus.mjs';

const SIZES = (process.env.SIZES ?? '100,1000,10000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const AT = '2026-01-01T00:00:00Z';
/**
 * Times of Hugo's and Zola's, and of either with code whose words are marked, seconds of a build with nothing to do, seconds from an
 * edit to the disk and to the browser, and megabytes, at ten thousand pages: what is aimed at. Beyond `broken` (times as those, of a whole build, and seconds) something is broken.
 */
const GOAL = { hugo: 0.25, zola: 0.4, marked: 0.25, again: 0.05, disk: 0.03, browser: 0.1, megabytes: 100, broken: { hugo: 0.5, zola: 0.8, marked: 0.5, again: 0.5, served: 0.5 } };

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

function found(command) {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`]).toString().trim();
  } catch {
    return null;
  }
}

/** The program itself: a package of Python's has a script that starts Python first, which is no time of Hugo's. */
async function itself(program) {
  const file = await open(program);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close());
  if (buffer.toString() !== '#!') return program;
  const lib = join(dirname(dirname(await realpath(program))), 'lib');
  for (const name of await readdir(lib).catch(() => [])) {
    const binary = join(lib, name, 'site-packages/hugo/binaries/hugo');
    if (await stat(binary).catch(() => null)) return binary;
  }
  return program;
}

/** Runs a program: seconds, and the most memory that it held, as Linux counts it. */
async function run(program, words) {
  const begun = performance.now();
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  let kilobytes = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  };
  const watch = setInterval(look, 10);
  const code = await new Promise((done) => child.on('exit', done));
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(watch);
  assert.equal(code, 0, `${program} ${words.join(' ')}`);
  return { seconds, megabytes: kilobytes / 1024 };
}

/** Edits one page while the site is served: seconds until the page is on disk, and until a browser that waits is told. */
async function served(corpus, data) {
  const program = spawn(SITE_BINARY, ['serve', '--root', corpus.ours, '--port', '0', '--no-open', '--at', AT, '--data-dir', data], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise((done) => {
      let log = '';
      program.stdout.on('data', (chunk) => {
        log += chunk;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log);
        if (found) done(found[0]);
      });
    });
    const news = async (after) => (await (await fetch(`${url}/__dev/news?after=${after}`)).json()).build;
    const page = join(data, 'site', corpus.built(7));
    const changed = async () => (await stat(page)).mtimeMs;
    const runs = [];
    for (let round = 0; round < ROUNDS + 2; round += 1) {
      const [known, before] = [await news(Number.MAX_SAFE_INTEGER), await changed()];
      const told = news(known).then(() => performance.now());
      const begun = performance.now();
      await appendFile(corpus.page(7), `\nOne more line while it is served, number ${round}.\n`);
      while ((await changed()) === before) await new Promise((done) => setTimeout(done, 1));
      runs.push({ disk: (performance.now() - begun) / 1000, browser: ((await told) - begun) / 1000 });
    }
    return { disk: median(runs.map(({ disk }) => disk)), browser: median(runs.map(({ browser }) => browser)) };
  } finally {
    program.kill();
  }
}

/** The others that are there: how each builds its site. */
async function others() {
  const words = {
    hugo: (root, out) => ['--minify', '--quiet', '-s', root, '-d', out],
    zola: (root, out) => ['--root', root, 'build', '--output-dir', out],
  };
  const there = {};
  for (const [name, its] of Object.entries(words)) {
    const program = process.env[name.toUpperCase()] || found(name);
    const file = program && (await itself(program));
    if (file) there[name] = (root, out) => run(file, its(root, out));
  }
  return there;
}

const OTHERS = await others();
const memory = await stat('/dev/shm').then(() => '/dev/shm', () => tmpdir());
const folder = await mkdtemp(join(memory, 'bench-site-'));

/** Builds a site with each program, in turn: medians, and how ours is to each of the others within a round. */
async function measured(size, options) {
  const home = join(folder, `${size}${options.highlight ? '-marked' : ''}`);
  const corpus = await write(size, home, options);
  const out = (name) => join(home, `out-${name}`);
  const build = () => run(SITE_BINARY, ['build', '--root', corpus.ours, '--at', AT, '--out', out('ours')]);
  const runs = { ours: [], again: [], edited: [], hugo: [], zola: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = [...['ours', ...Object.keys(OTHERS)].map(out), join(corpus.ours, '.cache')];
    await Promise.all(left.map((one) => rm(one, { recursive: true, force: true })));
    runs.ours.push(await build());
    runs.again.push(await build());
    await appendFile(corpus.page(7), `\nOne more line, number ${round}.\n`);
    runs.edited.push(await build());
    for (const [name, its] of Object.entries(OTHERS)) runs[name].push(await its(corpus[name], out(name)));
  }
  const figure = (name, key) => (runs[name].length > 0 ? median(runs[name].map((one) => one[key])) : NaN);
  const each = (key) => Object.fromEntries(Object.keys(runs).map((name) => [name, figure(name, key)]));
  const ratio = (name) => (OTHERS[name] ? median(runs.ours.map(({ seconds }, round) => seconds / runs[name][round].seconds)) : NaN);
  const live = options.highlight ? { disk: NaN, browser: NaN } : await served(corpus, join(home, 'data'));
  await rm(home, { recursive: true, force: true });
  return { size, is_marked: options.highlight, seconds: each('seconds'), megabytes: each('megabytes'), ratio: { hugo: ratio('hugo'), zola: ratio('zola') }, ...live };
}

const rows = [];
try {
  for (const size of SIZES) rows.push(await measured(size, { highlight: false }));
  rows.push(await measured(SIZES.at(-1), { highlight: true }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

const COLUMNS = [
  ['site', 2, ({ seconds }) => seconds.ours], ['hugo', 2, ({ seconds }) => seconds.hugo], ['ratio', 2, ({ ratio }) => ratio.hugo],
  ['zola', 2, ({ seconds }) => seconds.zola], ['ratio', 2, ({ ratio }) => ratio.zola],
  ['MB', 0, ({ megabytes }) => megabytes.ours], ['hugo MB', 0, ({ megabytes }) => megabytes.hugo], ['zola MB', 0, ({ megabytes }) => megabytes.zola],
  ['again', 2, ({ seconds }) => seconds.again], ['edited', 2, ({ seconds }) => seconds.edited], ['served', 3, ({ disk }) => disk], ['told', 3, ({ browser }) => browser],
];
const shown = (number, digits) => (Number.isNaN(number) ? '-' : number.toFixed(digits)).padStart(8);
console.log(`${'pages'.padEnd(14)}${COLUMNS.map(([name]) => name.padStart(8)).join(' ')}   seconds; medians of ${ROUNDS} rounds, minified, in memory`);
for (const row of rows) console.log(`${`${row.size}${row.is_marked ? ' marked' : ''}`.padEnd(14)}${COLUMNS.map(([, digits, of]) => shown(of(row), digits)).join(' ')}`);
const said = (is_met, what) => console.log(`${is_met ? 'met:    ' : 'NOT MET: '}${what}`);
const plain = rows.filter(({ is_marked }) => !is_marked);
const last = plain.at(-1);
for (const name of Object.keys(OTHERS)) {
  const worst = Math.max(...plain.map(({ ratio }) => ratio[name]));
  const marked = rows.at(-1).ratio[name];
  const title = `${name[0].toUpperCase()}${name.slice(1)}`;
  said(worst <= GOAL[name], `a build takes at most ${GOAL[name]} × ${title}'s time (${worst.toFixed(2)})`);
  said(marked <= GOAL.marked, `and with the words of code marked at most ${GOAL.marked} × (${marked.toFixed(2)})`);
  if (worst > GOAL.broken[name] || marked > GOAL.broken.marked) process.exitCode = 1;
}
said(last.seconds.again <= GOAL.again, `with nothing edited, ${last.size} pages take at most ${GOAL.again * 1000} ms (${(last.seconds.again * 1000).toFixed(0)})`);
if (last.seconds.again > GOAL.broken.again * last.seconds.ours) process.exitCode = 1;
said(last.disk <= GOAL.disk, `one page of ${last.size} edited while the site is served is on disk after at most ${GOAL.disk * 1000} ms (${(last.disk * 1000).toFixed(0)})`);
said(last.browser <= GOAL.browser, `and a browser is told after at most ${GOAL.browser * 1000} ms (${(last.browser * 1000).toFixed(0)})`);
if (last.disk > GOAL.broken.served) process.exitCode = 1;
said(last.megabytes.ours <= GOAL.megabytes, `${last.size} pages take at most ${GOAL.megabytes} MB (${last.megabytes.ours.toFixed(0)})`);
