// Hostile and broken input on every route: the answer is a refusal with the right status, never a 500, never a hang.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { ROOT } from '../hosts/project.mjs';
import { checkHeaders } from './headers.mjs';
import { HOST, Shop, settle } from './shop.mjs';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const openapi = JSON.parse(await readFile(join(ROOT, 'edge/openapi.json'), 'utf8'));

/** Every path of the interface with its methods; parameters are filled with something harmless. */
const routes = Object.entries(openapi.paths).map(([template, operations]) => {
  const methods = Object.keys(operations).map((method) => method.toUpperCase()).filter((method) => METHODS.includes(method));
  return { path: template.replace(/\{[^}]+\}/g, 'x'), methods, operations };
});

const accepts = (route, type) => Object.keys(route.operations.post?.requestBody?.content ?? {}).some((given) => given.includes(type));

describe(`${HOST} host and bad input`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  /** Sends a request and checks what holds for every answer. */
  async function refuse(path, options = {}, allowed = () => true) {
    const answer = await send(shop.host.url + path, options);
    const what = `${options.method ?? 'GET'} ${path.slice(0, 120)}`;
    assert.notEqual(answer.status, 500, `${what}: ${answer.text}`);
    checkHeaders(answer, what);
    assert.ok(allowed(answer.status), `${what}: status ${answer.status}`);
    return answer;
  }

  function checkProblem(answer, status, what) {
    assert.equal(answer.status, status, what);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/, what);
    const problem = answer.json();
    assert.equal(problem.status, status);
    assert.ok(problem.type && problem.title, `${what}: type and title`);
  }

  test('the interface has routes to test', () => {
    assert.ok(routes.length >= 5, `${routes.length} routes in edge/openapi.json`);
    for (const path of ['/checkout', '/checkout/success', '/webhooks/stripe', '/api/v1/licenses/validate', '/healthz']) {
      assert.ok(openapi.paths[path], path);
    }
  });

  for (const route of routes) {
    test(`${route.path}: any other method is 405 and names those that are allowed`, async () => {
      const known = new Set(route.methods);
      if (known.has('GET')) known.add('HEAD');
      for (const method of METHODS.filter((method) => !known.has(method))) {
        const answer = await refuse(route.path, { method });
        assert.equal(answer.status, 405, `${method} ${route.path}`);
        const allow = (answer.headers.allow ?? '').split(/,\s*/);
        for (const expected of route.methods) assert.ok(allow.includes(expected), `${method} ${route.path}: Allow names ${expected}`);
        assert.ok(!allow.includes(method));
      }
    });
  }

  for (const route of routes.filter(({ methods }) => methods.includes('POST'))) {
    test(`${route.path}: a body that is too large is 413`, async () => {
      const type = accepts(route, 'json') ? 'application/json' : 'application/x-www-form-urlencoded';
      const answer = await refuse(route.path, { method: 'POST', body: 'x'.repeat(Math.max(3 << 20, route.operations.post['x-body-bytes-max'] + 1)), headers: { 'content-type': type, origin: shop.host.url } });
      assert.equal(answer.status, 413);
    });
  }

  for (const route of routes.filter((route) => accepts(route, 'application/json') && !route.path.startsWith('/webhooks/'))) {
    test(`${route.path}: broken JSON is a problem, not an error`, async () => {
      const bad = ['', '{', 'null', '[]', '"text"', '1', '{"license_key":1}', '{}', '{"license_key":null}', '\u0000', `${'['.repeat(5000)}`, '{"a":"\\ud800"}', '{"license_key":"a","license_key":"b"}', Buffer.from([0xff, 0xfe])];
      for (const body of bad) {
        const answer = await refuse(route.path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }, (status) => status === 400 || status === 422);
        checkProblem(answer, answer.status, String(body).slice(0, 40));
      }
      checkProblem(await refuse(route.path, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }), 400, 'unfinished');
    });

    test(`${route.path}: another media type is refused`, async () => {
      const forms = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
      // Tickets are opened by forms as well.
      for (const type of ['text/plain', 'application/xml', ...(route.path === '/support/tickets' ? [] : forms)]) {
        await refuse(route.path, { method: 'POST', body: '{"license_key":"x"}', headers: { 'content-type': type } }, (status) => status === 415);
      }
    });
  }

  test('checkout: unknown products, repeated fields and other sites are refused', async () => {
    const sent = shop.stripe.requests.length;
    const origin = shop.host.url;
    const good = 'product=client-portal-plus&plan=business&provider=stripe';
    const form = (body, headers = {}) => ({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', origin, ...headers } });
    const refused = (status) => status >= 400 && status < 500;
    for (const body of ['', 'product=', 'product=x&plan=y&provider=stripe', `${good.replace('stripe', 'cash')}`, '%', '%ff=%fe', 'product[]=client-portal-plus', `product=client-portal-plus%00&plan=business&provider=stripe`, 'plan='.repeat(500)]) {
      await refuse('/checkout', form(body), refused);
    }
    await refuse('/checkout', form(good, { origin: 'https://evil.example' }), (status) => status === 403);
    await refuse('/checkout', form(good, { origin: 'null' }), (status) => status === 403);
    await refuse('/checkout', form(good, { origin, 'sec-fetch-site': 'cross-site' }), (status) => status === 403);
    await refuse('/checkout', form(good, { 'content-type': 'text/plain' }), refused);
    assert.equal(shop.stripe.requests.length, sent, 'nothing of this reached the processor');
  });

  test('webhook: a signature that does not hold is 400 and changes nothing', async () => {
    const session = await shop.openSession();
    shop.stripe.pay(session, { email: 'forged@example.com' });
    const event = shop.stripe.events.completed(session);
    const now = shop.host.clock.now_s();
    const post = (headers, body = JSON.stringify(event)) => refuse('/webhooks/stripe', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }, (status) => status === 400);
    await post({});
    for (const header of ['', 'x', 't=1', 'v1=aa', `t=${now}`, `t=${now},v1=`, `t=${now},v1=${'0'.repeat(64)}`, `t=${now},v0=${'0'.repeat(64)}`, `t=x,v1=${'0'.repeat(64)}`, `t=${now},v1=zz`, ','.repeat(4000)]) {
      await post({ 'stripe-signature': header });
    }
    const refusals = [
      { secret: 'whsec_someone_elses_secret_0000' },
      { timestamp: now - 400 },
      { timestamp: now + 400 },
      { tamper: (text) => `${text} ` },
      { tamper: (text) => text.replace('forged@example.com', 'thief@example.com') },
    ];
    for (const options of refusals) {
      const answer = await shop.stripe.deliver(event, options);
      checkProblem(answer, 400, JSON.stringify(options));
    }
    await settle();
    assert.deepEqual((await shop.host.mails()).filter((mail) => /forged|thief/.test(mail.to)), []);
  });

  test('webhook: a good signature over bad JSON is 400, over a strange event 200', async () => {
    const session = await shop.openSession();
    shop.stripe.pay(session, { email: 'repeated@example.com' });
    const paid = JSON.stringify(shop.stripe.events.completed(session));
    const repeated = [
      '{"type":"checkout.session.completed","type":"x","id":"evt_1","object":"event"}',
      // Readers disagree on which of two values counts, and one of these would be another buyer's.
      paid.replace('"email":', '"email":"thief@example.com","email":'),
      paid.replace('"livemode":', '"livemode":true,"livemode":'),
    ];
    for (const text of ['{', '', 'null', '[]', '1', '"text"', '{"id":1}', '\u0000', paid.slice(0, -1), `${paid}x`, paid.replace('"created"', '"made"'), ...repeated]) {
      assert.notEqual(text, paid);
      const answer = await shop.stripe.deliver(text);
      checkProblem(answer, 400, text.slice(0, 60));
      assert.equal(answer.json().type, '/problems/bad-request', `the signature holds: ${text.slice(0, 60)}`);
    }
    assert.equal((await shop.stripe.deliver('{', { secret: 'whsec_someone_elses_secret_0000' })).json().type, '/problems/bad-signature');
    await settle();
    assert.deepEqual((await shop.host.mails()).filter((mail) => /repeated|thief/.test(mail.to)), []);
    const event = shop.stripe.events.unknown();
    await shop.deliver(event);
    await shop.deliver({ ...event, data: { object: { deep: JSON.parse('[{"a":'.repeat(50) + '1' + '}]'.repeat(50)) } } });
  });

  test('success page: no session id is an order, and no id makes it fail', async () => {
    for (const query of ['', '?', '?session_id=', '?session_id=cs_test_unknown', '?session_id=../../etc/passwd', '?session_id=%00', `?session_id=${'a'.repeat(4000)}`, '?session_id=%ff', '?session_id=a&session_id=b', "?session_id='--", '?session_id=%3Cscript%3Ealert(1)%3C/script%3E']) {
      const answer = await refuse(`/checkout/success${query}`, {}, (status) => status < 500);
      assert.ok(!answer.text.includes('CPP-'), query);
      assert.ok(!answer.text.includes('<script>alert'), query);
    }
  });

  test('paths: nothing outside the site is served, and nothing makes the host fail', async () => {
    const paths = ['/nothing-here', '/..%2f..%2fCargo.toml', '/%2e%2e/%2e%2e/Cargo.toml', '/../../Cargo.toml', '//evil.example/', '//evil.example/index.html', '/\\evil', '/\\evil.example/index.html', '/%2f/evil.example/index.html', '/%5cevil.example/index.html', '/%00', '/%', '/%zz', '/a%0d%0aSet-Cookie:x=y', `/${'a/'.repeat(500)}`, '/.git/config', '/Cargo.toml', '/site.yaml', '/_headers', '/_redirects', '/_shell/', '/?edd_action=nonsense', '/healthz/', '/HEALTHZ', '/api/v1/licenses/validate/', '/index.html/x'];
    for (const path of paths) {
      const answer = await refuse(path, {}, (status) => status < 500);
      assert.ok(!answer.headers['set-cookie'], path);
      assert.ok(!/\[workspace\]|stripe_price:/.test(answer.text), path);
      if (answer.headers.location) assert.ok(new URL(answer.headers.location, shop.host.url).origin === shop.host.url, `${path} stays on the site`);
    }
    const missing = await refuse('/nothing-here', {});
    assert.equal(missing.status, 404);
    assert.match(missing.headers['content-type'], /^text\/html/);
  });

  test('healthz says that it is well', async () => {
    const answer = await refuse('/healthz');
    assert.equal(answer.status, 200);
    assert.equal(answer.json().ok, true);
  });

  test('a page that the browser has keeps its policy when it is asked for again', async () => {
    for (const path of ['/', '/pricing/', '/robots.txt']) {
      const first = await refuse(path);
      const again = await refuse(path, { headers: { 'if-none-match': first.headers.etag ?? '*' } });
      // The native host of these tests is `serve`, whose pages carry a script and are new each time.
      assert.equal(again.status, HOST === 'native' && path.endsWith('/') ? 200 : 304, path);
      assert.equal(again.headers['content-security-policy'], first.headers['content-security-policy'], path);
    }
  });

  test('pages of the site carry the same headers', async () => {
    for (const path of ['/', '/pricing/', '/privacy/', '/support/', '/robots.txt', '/sitemap.xml']) {
      const answer = await refuse(path);
      assert.equal(answer.status, 200, path);
    }
  });
});

test(`${HOST} host: when the site's address is https, plain http is 308 and HSTS is sent`, async () => {
  const shop = await Shop.open({ env: { SITE_URL: 'https://shop.example' } });
  try {
    for (const [method, path] of [['GET', '/pricing/?a=b'], ['POST', '/checkout'], ['GET', '/nothing-here']]) {
      const answer = await send(shop.host.url + path, { method });
      assert.equal(answer.status, 308, `${method} ${path}`);
      assert.equal(answer.headers.location, `https://shop.example${path}`);
      checkHeaders(answer, path);
      assert.match(answer.headers['strict-transport-security'] ?? '', /max-age=\d{8}/);
    }
  } finally {
    await shop.close();
  }
});

if (HOST === 'workerd') {
  test('workerd host: while a setting is missing everything is 503, and only the health page names it', async () => {
    const shop = await Shop.open({ env: { PEPPER: '', LIVEMODE: 'perhaps' } });
    try {
      const health = await send(`${shop.host.url}/healthz`);
      assert.equal(health.status, 503);
      assert.match(health.json().detail, /LIVEMODE, PEPPER/);
      assert.doesNotMatch(health.text, /perhaps/, 'a name and no value');
      for (const path of ['/', '/pricing/', '/nothing-here']) {
        const answer = await send(shop.host.url + path);
        assert.equal(answer.status, 503, path);
        assert.doesNotMatch(answer.text, /PEPPER/);
        checkHeaders(answer, path);
      }
    } finally {
      await shop.close();
    }
  });
}
