// What a page costs with the state of consent in it, beside the same page handed on by a Worker that does nothing else.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Runtime } from '../chaos/runtime.mjs';
import { compare, ratio, table, warmUp } from './compare.mjs';
import { get } from './load.mjs';

/** What is aimed at, and what is so far from it that something is broken. */
const GOAL = { aim: 1.2, broken: 2 };
const TITLES = { passed: 'a  page, handed on', undecided: 'b  page, undecided', signal: 'c  page, signal' };

const runtime = await Runtime.start({ config: fileURLToPath(new URL('config.capnp', import.meta.url)), sockets: ['http', 'passed'], rate: 1 });
let figures;
try {
  const workers = [
    { name: 'passed', port: runtime.ports.passed, bytes: get(runtime.ports.passed, '/features/index.html') },
    { name: 'undecided', port: runtime.port, bytes: get(runtime.port, '/features/') },
    { name: 'signal', port: runtime.port, bytes: get(runtime.port, '/features/', { 'Sec-GPC': '1' }) },
  ];
  const { passed, undecided, signal } = await warmUp(workers);
  for (const answer of [passed, undecided, signal]) assert.match(answer, /<h1/);
  assert.ok(undecided.includes('id="cookie-consent"') && !signal.includes('id="cookie-consent"'));
  figures = await compare(workers, runtime.program.pid);
} catch (error) {
  error.message += `\n--- log of workerd\n${runtime.log.slice(-4000)}`;
  throw error;
} finally {
  await runtime.stop();
}

table(figures, TITLES);
const worst = Math.max(...['undecided', 'signal'].map((name) => ratio(figures, TITLES, 'cost', name, 'passed')));
console.log(`${worst <= GOAL.aim ? 'met:    ' : 'NOT MET: '}a page costs at most ${GOAL.aim} × one that is handed on (${worst.toFixed(2)})`);
if (worst > GOAL.broken) process.exitCode = 1;
