// The Cloudflare host: the compiled wasm in workerd with KV, a SQLite Durable Object on disk, static assets and cron,
// driven through miniflare. Raw workerd with faults is in `../chaos/`.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { Clock } from './clock.mjs';
import { send } from './http.mjs';
import { startMailSink } from './mail.mjs';
import { AT, EDGE_DIR, MAIL_KEY, SECRETS, SITE_DIR, freePort, newFolder } from './project.mjs';

export const name = 'workerd';

/** The modules of the worker: the pinned clock in front, then exactly what is deployed. */
async function modules() {
  const edge = async (type, path) => ({ type, path, contents: await readFile(join(EDGE_DIR, path)) });
  return [
    { type: 'ESModule', path: 'pinned.mjs', contents: await readFile(new URL('pinned.mjs', import.meta.url)) },
    await edge('ESModule', 'entry.mjs'),
    await edge('ESModule', 'build/index.js'),
    await edge('CompiledWasm', 'build/index_bg.wasm'),
  ];
}

/** Starts the host. `data` given again after `stop` finds everything that was stored; `mails` are those that were sent before. */
export async function start({ env = {}, site = SITE_DIR, at = AT, data, mails } = {}) {
  data ??= await newFolder('workerd');
  const clock = new Clock(at);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const sink = await startMailSink(mails);
  // What the runtime prints is kept: mails that go through the platform are told of there.
  let printed = '';
  const handleRuntimeStdio = (...streams) => {
    for (const stream of streams) {
      stream.on('data', (chunk) => {
        printed += chunk;
        if (process.env.HOST_LOG) process.stderr.write(chunk);
      });
    }
  };
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port,
    cf: false,
    log: new Log(process.env.HOST_LOG ? LogLevel.DEBUG : LogLevel.ERROR),
    unsafeTriggerHandlers: true,
    handleRuntimeStdio,
    workers: [{
      name: 'edge',
      modules: await modules(),
      compatibilityDate: '2026-07-01',
      bindings: {
        ...SECRETS, SITE_URL: url, TEST_CLOCK: String(clock),
        MAIL_TRANSPORT: 'resend', MAIL_API_BASE: sink.url, MAIL_API_KEY: MAIL_KEY, ...env,
      },
      kvNamespaces: { VIEWS: 'views' },
      r2Buckets: { RELEASES: 'releases', FILES: 'files' },
      email: { send_email: [{ name: 'EMAIL' }] },
      durableObjects: { VAULT: { className: 'Vault', useSQLite: true } },
      assets: {
        directory: site,
        binding: 'ASSETS',
        routerConfig: { has_user_worker: true, static_routing: { user_worker: ['/*'], asset_worker: ['/assets/*'] } },
        assetConfig: { html_handling: 'none', not_found_handling: 'none' },
      },
    }],
    kvPersist: join(data, 'kv'),
    r2Persist: join(data, 'releases'),
    durableObjectsPersist: join(data, 'objects'),
  });
  await miniflare.ready;

  async function stop() {
    await miniflare.dispose();
    await sink.stop();
  }
  /** Fires the cron trigger, as Cloudflare does every five minutes. */
  async function cron() {
    const answer = await send(`${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent('*/5 * * * *')}`);
    if (answer.status !== 200) throw new Error(`cron: ${answer.status} ${answer.text}`);
  }
  /** Puts the archive of a release where the edge looks for it. */
  async function putArchive(name, bytes) {
    await (await miniflare.getR2Bucket('RELEASES', 'edge')).put(name, bytes);
  }
  /** What lies in the store of files, by name. */
  async function files() {
    const bucket = await miniflare.getR2Bucket('FILES', 'edge');
    const { objects } = await bucket.list();
    return Object.fromEntries(await Promise.all(objects.map(async ({ key }) => [key, Buffer.from(await (await bucket.get(key)).arrayBuffer())])));
  }
  return { name, url, data, clock, sink, putArchive, files, log: () => printed, mails: async () => sink.mails, stop, cron };
}
