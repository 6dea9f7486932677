// Where things are, and the values every host of the tests is started with.
// The tests pin the time: nothing here or elsewhere may go red by the calendar.

import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Screenshots, logs and the built site; ignored by git. */
export const OUT = join(ROOT, 'tests', '.out');

/** The native binary; `tests/run` builds it. */
export const SITE_BINARY = process.env.SITE_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release', 'site');

/** The finished site that the Cloudflare hosts serve; `tests/run` builds it. */
export const SITE_DIR = process.env.SITE_DIR ?? join(OUT, 'site');

/** The folder with `entry.mjs` and `build/`; `tests/run` builds the latter. */
export const EDGE_DIR = process.env.EDGE_DIR ?? join(ROOT, 'edge');

/** The moment at which every test starts. */
export const AT = '2026-05-04T09:00:00Z';

export const WEBHOOK_SECRET = 'whsec_test_5Jv0lqv3wYkH1c9s2Rk8';
export const STRIPE_KEY = 'sk_test_51TestKeyOfTheTests';
export const MAIL_KEY = 're_test_key_of_the_tests';

/** Secrets of the tests: the same on both hosts, so that both derive the same license keys. */
export const SECRETS = {
  PEPPER: Buffer.alloc(32, 1).toString('base64'),
  LICENSE_SECRET: Buffer.alloc(32, 2).toString('base64'),
  SIGNING_KEY: Buffer.alloc(32, 3).toString('base64'),
  VAULT_KEYS: `v1:${Buffer.alloc(32, 4).toString('base64')}`,
  STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
  STRIPE_API_KEY: STRIPE_KEY,
  PAYPAL_CLIENT_ID: 'client-of-the-tests',
  PAYPAL_CLIENT_SECRET: Buffer.alloc(32, 5).toString('base64'),
  PAYPAL_WEBHOOK_ID: '5GP028458E2496506',
  LIVEMODE: 'false',
  MAIL_FROM: 'Client Portal Plus <licenses@example.com>',
  STAFF: 'eve@staff.example, Bob@staff.example',
};

export async function newFolder(name) {
  return mkdtemp(join(tmpdir(), `cpp-${name}-`));
}

/** Plans that renew by themselves. The catalogue of the site has none; those who test renewals add them to a copy. */
export const RENEWING_PLANS = `
    - { id: yearly, name: Yearly, price: 9900, currency: usd, seats: 5, term: 1y, renews: true, stripe_price: price_yearly, paypal_plan: P-5ML4271244454362WXNWU5NQ, features: [Renews by itself] }
    - { id: studio, name: Studio, price: 19900, currency: usd, seats: 25, term: 1y, renews: true, stripe_price: price_studio, paypal_plan: P-94458432VR012762KRWBZEUA, features: [Renews by itself] }
`;

/** A copy of the project with plans added to the catalogue, and with files by their path below `content/`. */
export async function copyOfProject({ plans = '', files = {} } = {}) {
  const root = await newFolder('project');
  for (const folder of ['content', 'themes']) await cp(join(ROOT, folder), join(root, folder), { recursive: true });
  await appendFile(join(root, 'content/products.yaml'), plans);
  for (const [path, text] of Object.entries(files)) await writeFile(join(root, 'content', path), text);
  return root;
}

/** Builds a project; the folder of the finished site. */
export async function buildSite(root, at = AT) {
  const out = join(await newFolder('site'), 'site');
  await runSite('build', '--root', root, '--at', at, '--out', out);
  return out;
}

/** Runs a command of the native binary; what it prints. */
export async function runSite(...words) {
  return (await promisify(execFile)(SITE_BINARY, words, { encoding: 'utf8' })).stdout;
}

/** A port that was free a moment ago: addresses must be known before a host starts, because it is told its own. */
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until `probe` returns something, or fails with what was awaited. */
export async function until(what, probe, seconds_max = 20) {
  const deadline = Date.now() + seconds_max * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${seconds_max} s in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
