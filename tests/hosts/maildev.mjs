// A real mail server to send to: maildev, with what it got as raw messages.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { send } from './http.mjs';
import { parseMail } from './mail.mjs';
import { ROOT, freePort, newFolder, until } from './project.mjs';

const PROGRAM = join(ROOT, 'tests', 'node_modules', '.bin', 'maildev');

/** Starts it; on `port` again after a stop, what was sent before is forgotten. */
export async function startMaildev({ port } = {}) {
  const [smtp, web] = [port ?? await freePort(), await freePort()];
  const folder = await newFolder('maildev');
  const words = ['--ip', '127.0.0.1', '--web-ip', '127.0.0.1', '--smtp', String(smtp), '--web', String(web), '--mail-directory', folder, '--silent'];
  const program = spawn(PROGRAM, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise((done) => program.once('exit', done));
  const url = `http://127.0.0.1:${web}`;
  const ask = (path) => send(`${url}${path}`).catch(() => undefined);
  await until('maildev', async () => (await ask('/api/email'))?.status === 200);

  /** Every mail it got, the oldest first, with its parts read from the raw message. */
  async function mails() {
    const list = (await ask('/api/email')).json();
    const raw = await Promise.all(list.map(({ id }) => ask(`/api/email/${id}/source`)));
    return raw.map(({ text }) => ({ ...parseMail(Buffer.from(text)), raw: text }));
  }
  const stop = () => { program.kill(); return gone; };
  return { url: `smtp://127.0.0.1:${smtp}`, port: smtp, web: url, mails, stop };
}
