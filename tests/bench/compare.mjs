// Workers beside each other: they run in one workerd and are asked by the same generator in turn, round by round, so that whatever else
// the machine does hits all alike; ratios are taken within a round. What a request costs is the time that the thread of workerd was
// on a processor, as Linux counts it (elsewhere: the time it took): compiling and collecting garbage beside it are not in.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { load } from './load.mjs';

const CONNECTIONS = 8;
const WARM_UP = 4_000;
const ROUNDS = Number(process.env.ROUNDS ?? 15);
const REQUESTS = 1_000;

const at = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * part)];
const median = (numbers) => at(numbers, 0.5);

/** Milliseconds that the thread which runs the Workers has been on a processor; null where nobody counts them. */
async function spent(pid) {
  const counted = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => null);
  return counted && Number(counted.split(' ')[0]) / 1e6;
}

/** Asks each worker until its code is compiled; what each answered first. */
export async function warmUp(workers) {
  const answers = {};
  for (const worker of workers) {
    const { first } = await load(worker, WARM_UP, CONNECTIONS);
    assert.match(first, /^HTTP\/1.1 200 /, `${worker.name}: ${first}`);
    answers[worker.name] = first;
  }
  return answers;
}

/** One figure of every worker for every round. */
export async function compare(workers, pid) {
  const figures = Object.fromEntries(workers.map(({ name }) => [name, { cost: [], latency: [], throughput: [] }]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each worker is first in some round, so none is always the one behind a certain other.
    for (let turn = 0; turn < workers.length; turn += 1) {
      const worker = workers[(round + turn) % workers.length];
      const before = await spent(pid);
      const began = performance.now();
      const { took } = await load(worker, REQUESTS, CONNECTIONS);
      const wall = performance.now() - began;
      const after = await spent(pid);
      const { cost, latency, throughput } = figures[worker.name];
      cost.push((before === null ? wall : after - before) * 1000 / REQUESTS);
      latency.push(median(took) * 1000);
      throughput.push(REQUESTS * 1000 / wall);
    }
  }
  return figures;
}

export function table(figures, titles) {
  console.log(`${''.padEnd(22)} ${['cost', 'latency', 'throughput'].map((head) => head.padStart(14)).join('')}   medians of ${ROUNDS} rounds`);
  for (const [name, title] of Object.entries(titles)) {
    const { cost, latency, throughput } = figures[name];
    const cells = [`${median(cost).toFixed(1)} µs`, `${median(latency).toFixed(0)} µs`, `${median(throughput).toFixed(0)}/s`];
    console.log(title.padEnd(22), cells.map((cell) => cell.padStart(14)).join(''));
  }
}

/** The ratio of two workers in a figure: its median over the rounds, and between what half of the rounds lie. */
export function ratio(figures, titles, figure, one, other) {
  const ratios = figures[one][figure].map((value, round) => value / figures[other][figure][round]);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => at(ratios, part));
  console.log(`${figure} of ${titles[one][0]} / ${titles[other][0]}`.padEnd(24), `${middle.toFixed(2)}  (half of the rounds ${low.toFixed(2)} to ${high.toFixed(2)})`);
  return middle;
}
