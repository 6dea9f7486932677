// The same log of requests, sent to the native host and to the compiled wasm in workerd, is answered alike: status,
// headers and body (invariant I13). Both are told the same secrets, time and address.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as native from '../hosts/native.mjs';
import * as workerd from '../hosts/workerd.mjs';
import { send } from '../hosts/http.mjs';
import { SECRETS } from '../hosts/project.mjs';
import { startStripe } from '../hosts/stripe.mjs';

/** The address that both hosts are told; requests name it as theirs. */
const SITE = 'http://shop.example';
/** What a transport or a file store adds on its own. Everything else is ours and has to agree. */
const TRANSPORT_HEADERS = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'etag'];

const json = (body, headers = {}) => ({ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
const form = (body, headers = {}) => ({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', origin: SITE, ...headers } });

/** The log: each entry is a request, or a step that makes one from what came before. */
const LOG = [
  ...['/', '/pricing/', '/pricing', '/docs/', '/docs', '/docs/license-token/', '/privacy/', '/privacy/2025-03-31/', '/support/', '/nothing-here', '/nothing/here/', '/robots.txt', '/sitemap.xml', '/feed.xml', '/site.json', '/healthz', '/healthz/', '/.well-known/license-keys.json', '/index.html', '/pricing/index.html', '/404.html', '/404/', '/500.html', '/500/', '/_shell/', '/_headers', '/.gitkeep', '/%2e%2e/x', '//x', '/PRICING/', '/%70ricing/', '/%70ricing', '/pricing/%69ndex.html', '/pricing%2f', '/pricing%5c', '/%', '/%zz', '/%2570ricing/', '/caf%C3%A9/', '/%00', '/%5fshell/', '/a%20b'].map((path) => ['GET', path, {}]),
  ...['/', '/pricing/', '/healthz', '/nothing-here', '/checkout'].map((path) => ['HEAD', path, { method: 'HEAD' }]),
  ...['PUT', 'DELETE', 'OPTIONS', 'POST'].flatMap((method) => ['/', '/healthz', '/checkout/success'].map((path) => [method, path, { method }])),
  ['GET', '/robots.txt', { headers: { 'if-none-match': '*' } }],
  ['GET', '//evil.example/index.html', {}],
  ['GET', '/\\evil.example/index.html', {}],
  ['GET', '/pricing/', { headers: { accept: 'application/json' } }],
  ['GET', '/nothing-here', { headers: { accept: 'application/json' } }],
  ['GET', '/checkout/cancel', {}],
  ['GET', '/checkout/success', {}],
  ['GET', '/checkout/success?session_id=cs_test_unknown', {}],
  ['POST', '/checkout', form('')],
  ['POST', '/checkout', form('product=client-portal-plus&plan=none&provider=stripe')],
  ['POST', '/checkout', form('product=client-portal-plus&plan=business&provider=stripe', { origin: 'https://evil.example' })],
  ['POST', '/checkout', form(`plan=${'x'.repeat(20_000)}`)],
  ['POST', '/checkout', form('product=client-portal-plus&plan=business&provider=stripe')],
  ['POST', '/webhooks/stripe', json({})],
  ['POST', '/api/v1/licenses/validate', json({ license_key: 'nonsense' })],
  ['POST', '/api/v1/licenses/validate', json({ license_key: 'CPP-0000-0000-0000-0000-0000-0000-0000' })],
  ['POST', '/api/v1/licenses/validate', json({ nothing: true })],
  ['POST', '/api/v1/licenses/validate', { ...json({}), body: '{' }],
  ['POST', '/api/v1/licenses/validate', form('license_key=x')],
  ['POST', '/licenses/resend', form('email=stranger%40example.org')],
  ['POST', '/licenses/resend', form('email=nobody')],
  ['POST', '/licenses/resend', form('email=nobody', { accept: 'application/json' })],
  ['POST', '/licenses/resend', form('email=ada%40example.com', { origin: 'https://evil.example' })],
  ['POST', '/licenses/resend', json({ email: 'ada@example.com' })],
  ['GET', '/licenses/resend', {}],
  ['GET', '/licenses/o/nonsense', {}],
  ['GET', '/licenses/o/nonsense', { headers: { accept: 'application/json' } }],
  ['POST', '/licenses/o/nonsense', { method: 'POST' }],
  ...['deactivate', 'portal', 'renew'].map((part) => ['POST', `/licenses/o/nonsense/${part}`, form('license=x')]),
  ...['', '?product=another', '?product=client-portal-plus', '?product=client-portal-plus&site=%20'].map((query) => ['GET', `/api/v1/releases/latest${query}`, {}]),
  ['GET', '/api/v1/releases/latest?product=client-portal-plus', { headers: { authorization: 'License nonsense' } }],
  ['GET', '/download/nonsense', {}],
  ['HEAD', '/download/nonsense', { method: 'HEAD' }],
  ['GET', '/download/nonsense', { headers: { accept: 'text/html' } }],
  ...['', 'add_to_cart', 'check_license', 'activate_license&license=x', 'get_version&item_id=client-portal-plus', 'get_version&products[a][slug]=b'].map((action) => ['GET', `/?edd_action=${action}`, {}]),
  ...['', 'a=b', 'edd_action=check_license&license=CPP-0000-0000-0000-0000-0000-0000-0000', 'edd_action=get_version&item_name=Client%2520Portal%2520Plus&beta=0'].map((body) => ['POST', '/', form(body)]),
];

class Side {
  static async open(host, options = {}) {
    const side = new Side();
    side.stripe = await startStripe();
    side.host = await host.start({ env: { ...SECRETS, SITE_URL: SITE, STRIPE_API_BASE: side.stripe.url }, ...options });
    side.stripe.attach(side.host);
    return side;
  }

  async ask(path, options) {
    return this.#plain(await send(this.host.url + path, options));
  }

  async deliver(event, options) {
    return this.#plain(await this.stripe.deliver(event, options));
  }

  async close() {
    await this.host.stop();
    await this.stripe.stop();
  }

  /** An answer without what may differ: the addresses of this side and what `serve` adds to pages for live reload. */
  #plain({ status, headers, text }) {
    const tidy = (value) => String(value)
      .replaceAll(this.stripe.url, 'http://stripe.example')
      .replaceAll(this.host.url, SITE)
      // A token says when it was signed, and the two clocks are a moment apart.
      .replace(/"token":"([\w-]+)\.[\w-]+"/g, (_, payload) => {
        const { iat, exp, ...told } = JSON.parse(Buffer.from(payload, 'base64url'));
        return `"token":${JSON.stringify({ ...told, seconds: exp - iat })}`;
      })
      // Each form has a stamp of its own.
      .replace(/(name="form_token" value=")\d+\.[0-9a-f]{32}\.[0-9a-f]{32}"/g, '$1"')
      .replace(/<script src="\/__dev\/reload\.js" data-build="\d+" defer><\/script>/, '');
    const kept = Object.entries(headers).filter(([name]) => !TRANSPORT_HEADERS.includes(name)).sort();
    return { status, headers: Object.fromEntries(kept.map(([name, value]) => [name, tidy(value)])), body: tidy(text) };
  }
}

let sides;
before(async () => {
  const ours = await Side.open(native);
  // Both serve the very same files: those that `site serve` built.
  sides = [ours, await Side.open(workerd, { site: join(ours.host.data, 'site') })];
});
after(() => Promise.all((sides ?? []).map((side) => side.close())));

async function compare(what, ask) {
  const [ours, theirs] = await Promise.all(sides.map(ask));
  assert.deepEqual(ours, theirs, `${what}: native (actual) and workerd (expected) differ`);
  return ours;
}

for (const [method, path, options] of LOG) {
  const detail = options.body ? ` ${options.body.slice(0, 40)}` : Object.values(options.headers ?? {}).join(' ');
  test(`${method} ${path} ${detail}`.trim(), () => compare(`${method} ${path}`, (side) => side.ask(path, options)));
}

test('a purchase, its duplicate, a refund and the questions of a plugin', async () => {
  const start = 'product=client-portal-plus&plan=business&provider=stripe';
  const opened = await compare('checkout', (side) => side.ask('/checkout', form(start)));
  assert.equal(opened.status, 303);
  const id = opened.headers.location.split('/').at(-1);
  const success = (side) => side.ask(`/checkout/success?session_id=${id}`);
  await compare('pending', success);

  // The moments are set, since the two servers opened their sessions a few milliseconds apart.
  for (const { stripe } of sides) {
    stripe.sessions.get(id).object.created = sides[0].host.clock.at_ms / 1000;
    stripe.pay(id, { email: 'ada@example.com' });
  }
  await compare('completed', (side) => side.deliver(side.stripe.events.completed(id)));
  await compare('completed again', (side) => side.deliver(side.stripe.events.completed(id)));
  const page = await compare('success', success);
  const key = /CPP[-0-9A-Z]+/.exec(page.body)[0];
  const validate = (more) => (side) => side.ask('/api/v1/licenses/validate', json({ license_key: key, ...more }));
  await compare('validate', validate());
  await compare('another product', validate({ product: 'another' }));
  await compare('a strange field', validate({ strange: 1 }));
  const refunded_at = sides[0].host.clock.now_s();
  await compare('refund', (side) => side.deliver(side.stripe.events.at(refunded_at).refunded(id)));
  // The workerd side may show the view of before for a moment.
  for (const side of sides) {
    for (let tries = 0; tries < 100 && JSON.parse((await validate()(side)).body).code !== 'refunded'; tries += 1) await new Promise((done) => setTimeout(done, 50));
  }
  await compare('refunded', validate());
  await compare('success after the refund', success);
  await compare('forged', (side) => side.deliver(side.stripe.events.completed(id), { secret: 'whsec_somebody_else_00000000' }));
  const mails = await Promise.all(sides.map(async ({ host }) => (await host.mails()).map(({ to, subject, text }) => ({ to, subject, text: text.replaceAll('\r\n', '\n').trimEnd() }))));
  assert.equal(mails[0].length, 1);
  assert.deepEqual(mails[0], mails[1], 'the mails read alike');
});
