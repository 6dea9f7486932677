// What a build costs beside Hugo's, on the same pages: time and memory of the whole process, in turn, on one machine. Where there
// is no Hugo (`HUGO`, or on the path), ours alone is measured.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SITE_BINARY } from '../hosts/project.mjs';
import { write } from './corpus.mjs';

const SIZES = (process.env.SIZES ?? '100,1000,10000').split(',').map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const AT = '2026-01-01T00:00:00Z';
/**
 * Times of Hugo's, seconds of a build with nothing to do, seconds from an edit to the disk and to the browser, and megabytes, at ten
 * thousand pages: what is aimed at. Beyond `broken` (times of Hugo's and of a whole build, and seconds) something is broken.
 */
const GOAL = { ratio: 0.25, again: 0.05, disk: 0.03, browser: 0.1, megabytes: 100, broken: { ratio: 0.5, again: 0.5, served: 0.5 } };

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

function found(command) {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`]).toString().trim();
  } catch {
    return null;
  }
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

const hugo = process.env.HUGO || found('hugo');
const memory = await stat('/dev/shm').then(() => '/dev/shm', () => tmpdir());
const folder = await mkdtemp(join(memory, 'bench-site-'));
const rows = [];
try {
  for (const size of SIZES) {
    const corpus = await write(size, join(folder, `${size}`));
    const out = (name) => join(folder, `${size}`, `out-${name}`);
    const build = () => run(SITE_BINARY, ['build', '--root', corpus.ours, '--at', AT, '--out', out('ours')]);
    const runs = { ours: [], hugo: [], again: [], edited: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(['ours', 'hugo'].map((name) => rm(out(name), { recursive: true, force: true })));
      runs.ours.push(await build());
      runs.again.push(await build());
      await appendFile(corpus.page(7), `\nOne more line, number ${round}.\n`);
      runs.edited.push(await build());
      if (hugo) runs.hugo.push(await run(hugo, ['--minify', '--quiet', '-s', corpus.hugo, '-d', out('hugo')]));
    }
    const { disk, browser } = await served(corpus, join(folder, `${size}`, 'data'));
    const figure = (name, key) => (runs[name].length > 0 ? median(runs[name].map((one) => one[key])) : NaN);
    const ratio = hugo ? median(runs.ours.map(({ seconds }, round) => seconds / runs.hugo[round].seconds)) : NaN;
    rows.push({
      size, ratio, megabytes: figure('ours', 'megabytes'), hugo_megabytes: figure('hugo', 'megabytes'),
      ours: figure('ours', 'seconds'), hugo: figure('hugo', 'seconds'), again: figure('again', 'seconds'), edited: figure('edited', 'seconds'), disk, browser,
    });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const shown = (number, digits) => (Number.isNaN(number) ? '-' : number.toFixed(digits)).padStart(9);
console.log(`pages        site      hugo     ratio        MB   hugo MB     again    edited    served      told   seconds; medians of ${ROUNDS} rounds, minified, in memory`);
for (const row of rows) {
  const cells = [shown(row.ours, 2), shown(row.hugo, 2), shown(row.ratio, 2), shown(row.megabytes, 0), shown(row.hugo_megabytes, 0), shown(row.again, 2), shown(row.edited, 2), shown(row.disk, 3), shown(row.browser, 3)];
  console.log(`${String(row.size).padEnd(8)}${cells.join(' ')}`);
}
const said = (is_met, what) => console.log(`${is_met ? 'met:    ' : 'NOT MET: '}${what}`);
const last = rows.at(-1);
if (hugo) {
  const worst = Math.max(...rows.map(({ ratio }) => ratio));
  said(worst <= GOAL.ratio, `a build takes at most ${GOAL.ratio} × Hugo's time (${worst.toFixed(2)})`);
  if (worst > GOAL.broken.ratio) process.exitCode = 1;
}
said(last.again <= GOAL.again, `with nothing edited, ${last.size} pages take at most ${GOAL.again * 1000} ms (${(last.again * 1000).toFixed(0)})`);
if (last.again > GOAL.broken.again * last.ours) process.exitCode = 1;
said(last.disk <= GOAL.disk, `one page of ${last.size} edited while the site is served is on disk after at most ${GOAL.disk * 1000} ms (${(last.disk * 1000).toFixed(0)})`);
said(last.browser <= GOAL.browser, `and a browser is told after at most ${GOAL.browser * 1000} ms (${(last.browser * 1000).toFixed(0)})`);
if (last.disk > GOAL.broken.served) process.exitCode = 1;
said(last.megabytes <= GOAL.megabytes, `${last.size} pages take at most ${GOAL.megabytes} MB (${last.megabytes.toFixed(0)})`);
