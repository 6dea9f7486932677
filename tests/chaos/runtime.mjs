// Raw workerd on the compiled edge with a KV of our own: start, kill, start again on the same disk.
// Time runs sixty times as fast, so that a retry after a minute takes a second.

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import workerd from 'workerd';
import { Clock } from '../hosts/clock.mjs';
import { send } from '../hosts/http.mjs';
import { startMailSink } from '../hosts/mail.mjs';
import { AT, EDGE_DIR, MAIL_KEY, SECRETS, SITE_DIR, freePort, newFolder } from '../hosts/project.mjs';
import { startStripe } from '../hosts/stripe.mjs';

const RATE = 60;
const CONFIG = fileURLToPath(new URL('config.capnp', import.meta.url));
/** The folder that holds `edge/` and `tests/`: modules are embedded from there. */
const IMPORTS = join(EDGE_DIR, '..');

export class Runtime {
  static async start({ boot = true, config = CONFIG, sockets = ['http'], rate = RATE, extra = [] } = {}) {
    const runtime = Object.assign(new Runtime(), { config, sockets, extra });
    runtime.data = await newFolder('chaos');
    for (const folder of ['objects', 'kv']) await mkdir(join(runtime.data, folder));
    runtime.clock = new Clock(AT, rate);
    runtime.mail = await startMailSink();
    runtime.stripe = await startStripe();
    runtime.port = await freePort();
    runtime.url = `http://127.0.0.1:${runtime.port}`;
    runtime.stripe.attach(runtime);
    if (boot) await runtime.boot();
    return runtime;
  }

  /** Starts workerd on whatever the disk holds; resolves when it listens on all sockets. */
  async boot() {
    this.log = '';
    this.ports = {};
    const { data, port } = this;
    this.program = spawn(workerd.default ?? workerd, [
      'serve', '--experimental', ...this.extra, '--control-fd=3', `--import-path=${IMPORTS}`, this.config,
      `--socket-addr=http=127.0.0.1:${port}`, `--directory-path=site=${SITE_DIR}`,
      `--directory-path=objects=${join(data, 'objects')}`, `--directory-path=kv=${join(data, 'kv')}`,
    ], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...SECRETS, TEST_CLOCK: String(this.clock), SITE_URL: this.url, STRIPE_API_BASE: this.stripe.url,
        MAIL_TRANSPORT: 'resend', MAIL_API_BASE: this.mail.url, MAIL_API_KEY: MAIL_KEY,
      },
    });
    for (const stream of [this.program.stdout, this.program.stderr]) stream.on('data', (chunk) => { this.log += chunk; });
    this.gone = new Promise((done) => this.program.once('exit', done));
    const listening = new Promise((done) => createInterface(this.program.stdio[3]).on('line', (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === 'listen') this.ports[socket] = port;
      if (this.sockets.every((name) => this.ports[name])) done();
    }));
    await Promise.race([listening, this.gone.then((code) => { throw new Error(`workerd ended (${code}):\n${this.log}`); })]);
  }

  /** The power cut: no signal handler runs, what is not on disk is lost. */
  async kill() {
    this.program.kill('SIGKILL');
    await this.gone;
  }

  async stop() {
    await this.kill();
    await this.mail.stop();
    await this.stripe.stop();
  }

  /** Moves the store's virtual time, queues a fault, heals it; always tells its state. */
  async kv(order = {}) {
    return (await send(`${this.url}/__chaos/kv`, { method: 'POST', json: order })).json();
  }

  async cron() {
    return (await send(`${this.url}/__chaos/cron`)).json();
  }
}
