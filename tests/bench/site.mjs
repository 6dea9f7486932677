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
 * Times of Hugo's, seconds of a build with nothing to do, and megabytes, at ten thousand pages: what is aimed at. Beyond `broken` (times
 * of Hugo's, and of a whole build) something is broken.
 */
const GOAL = { ratio: 0.25, again: 0.05, megabytes: 100, broken: { ratio: 0.5, again: 0.5 } };

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
    const figure = (name, key) => (runs[name].length > 0 ? median(runs[name].map((one) => one[key])) : NaN);
    const ratio = hugo ? median(runs.ours.map(({ seconds }, round) => seconds / runs.hugo[round].seconds)) : NaN;
    rows.push({
      size, ratio, megabytes: figure('ours', 'megabytes'), hugo_megabytes: figure('hugo', 'megabytes'),
      ours: figure('ours', 'seconds'), hugo: figure('hugo', 'seconds'), again: figure('again', 'seconds'), edited: figure('edited', 'seconds'),
    });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const shown = (number, digits) => (Number.isNaN(number) ? '-' : number.toFixed(digits)).padStart(9);
console.log(`pages        site      hugo     ratio        MB   hugo MB     again    edited   seconds; medians of ${ROUNDS} rounds, minified, in memory`);
for (const row of rows) {
  const cells = [shown(row.ours, 2), shown(row.hugo, 2), shown(row.ratio, 2), shown(row.megabytes, 0), shown(row.hugo_megabytes, 0), shown(row.again, 2), shown(row.edited, 2)];
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
said(last.megabytes <= GOAL.megabytes, `${last.size} pages take at most ${GOAL.megabytes} MB (${last.megabytes.toFixed(0)})`);
