// The native host: `site serve` as a user starts it, on a folder of its own.

import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Clock } from './clock.mjs';
import { readMails } from './mail.mjs';
import { AT, ROOT, SITE_BINARY, newFolder } from './project.mjs';

export const name = 'native';

/** Starts the host and waits for its address. `data` given again after `stop` finds everything that was stored. */
export async function start({ env = {}, at = AT, data, root = ROOT } = {}) {
  data ??= await newFolder('native');
  const clock = new Clock(at);
  const program = spawn(
    SITE_BINARY,
    ['serve', '--root', root, '--port', '0', '--no-open', '--at', at, '--data-dir', data],
    { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  const gone = new Promise((done) => program.once('exit', (code, signal) => done(`exit ${code ?? signal}`)));
  const address = new Promise((done) => {
    const read = (chunk) => {
      log += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(log);
      if (found) done(found[0].slice(0, -1));
    };
    program.stdout.on('data', read);
    program.stderr.on('data', read);
  });
  const url = await Promise.race([address, gone.then((how) => { throw new Error(`site serve ended at once (${how}):\n${log}`); })]);

  async function end(signal) {
    program.kill(signal);
    return gone;
  }
  /** Puts the archive of a release where the edge looks for it. */
  async function putArchive(name, bytes) {
    await mkdir(join(data, 'releases'), { recursive: true });
    await writeFile(join(data, 'releases', name), bytes);
  }
  /** What lies in the store of files, by name. */
  async function files() {
    const names = await readdir(join(data, 'files')).catch(() => []);
    // One may go while the others are read.
    const read = await Promise.all(names.map(async (name) => [name, await readFile(join(data, 'files', name)).catch(() => undefined)]));
    return Object.fromEntries(read.filter(([, bytes]) => bytes));
  }
  return { name, url, data, clock, putArchive, files, log: () => log, mails: () => readMails(join(data, 'mail')), stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
