// Builds what is deployed: `node compile.mjs`, as `wrangler deploy` does by itself (wrangler.toml). Arguments are handed
// on to worker-build, so that the bench builds the Workers beside the edge in the same way.
//
// What counts is how much is sent and unpacked, so two things are done otherwise than worker-build does them. It keeps the
// names of all functions, a sixth of the file; they go. And it runs wasm-opt, which makes the file smaller and, because
// what is alike lies no longer close together, the compressed file larger; that is left out.

import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC_BYTES = 8;
const CUSTOM_SECTION = 0;

/** A WebAssembly module without names (<https://webassembly.github.io/spec/core/appendix/custom.html#name-section>). */
function unnamed(wasm) {
  let at = MAGIC_BYTES;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const kept = [wasm.subarray(0, MAGIC_BYTES)];
  while (at < wasm.length) {
    const begin = at;
    const id = wasm[at++];
    const end = number() + at;
    const has_names = id === CUSTOM_SECTION && wasm.subarray(at, end).toString('latin1').startsWith('\x04name');
    if (!has_names) kept.push(wasm.subarray(begin, end));
    at = end;
  }
  return Buffer.concat(kept);
}

const handed_on = process.argv.slice(2);
const { status, error } = spawnSync('worker-build', ['--profile', 'edge', '--no-opt', ...handed_on], { stdio: 'inherit' });
if (error) console.error(`worker-build cannot be started (${error.message}); it comes by \`cargo install worker-build\``);
if (status !== 0) process.exit(1);
const folder = handed_on.includes('--out-dir') ? handed_on[handed_on.indexOf('--out-dir') + 1] : 'build';
for (const name of readdirSync(folder).filter((name) => name.endsWith('.wasm'))) {
  const file = join(folder, name);
  writeFileSync(file, unnamed(readFileSync(file)));
}
