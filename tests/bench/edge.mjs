// Prints what the edge weighs and how long its first answer takes. It measures and does not judge.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Runtime } from '../chaos/runtime.mjs';
import { send } from '../hosts/http.mjs';
import { EDGE_DIR } from '../hosts/project.mjs';

const RUNS = 5;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

for (const file of ['build/index_bg.wasm', 'build/index.js']) {
  const bytes = await readFile(join(EDGE_DIR, file));
  console.log(`${file.padEnd(22)} ${kib(bytes.length).padStart(10)}   gzip ${kib(gzipSync(bytes, { level: 9 }).length)}`);
}

const cold = { start: [], first: [], warm: [] };
for (let run = 0; run < RUNS; run += 1) {
  const runtime = await Runtime.start({ boot: false });
  const began = performance.now();
  await runtime.boot();
  const listening = performance.now();
  await send(`${runtime.url}/healthz`);
  const answered = performance.now();
  cold.start.push(answered - began);
  cold.first.push(answered - listening);
  for (let request = 0; request < 20; request += 1) {
    const asked = performance.now();
    await send(`${runtime.url}/healthz`);
    cold.warm.push(performance.now() - asked);
  }
  await runtime.stop();
}
const ms = (numbers) => `${median(numbers).toFixed(1).padStart(7)} ms (median of ${numbers.length})`;
console.log(`workerd start to first answer ${ms(cold.start)}`);
console.log(`first request of an isolate   ${ms(cold.first)}`);
console.log(`later requests                ${ms(cold.warm)}`);
