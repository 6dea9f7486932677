// Consent: what is optional is not there before somebody allowed it, whatever they send; it goes when they take it back, and a
// privacy signal of the browser is obeyed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { copyOfProject } from '../hosts/project.mjs';
import { banner, forms } from '../hosts/visitor.mjs';
import { HOST, Shop } from './shop.mjs';

const NAME = '__Host-Http-consent';
const SIGNALS = [{ 'sec-gpc': '1' }, { dnt: '1' }];
const cookiesOf = (answer) => [answer.headers['set-cookie'] ?? []].flat();
const scripts = (html) => [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
const NEVER_COOKIE = ['/', '/pricing/', '/support/', '/privacy/', '/consent', '/healthz', '/no-such-page', '/desk/sign-in', '/.well-known/gpc.json'];

/** A browser as far as consent is concerned: one cookie, perhaps a signal. */
class Browser {
  constructor(shop, signal = {}) {
    Object.assign(this, { shop, signal });
  }

  get(path, headers = {}) {
    return send(`${this.shop.host.url}${path}`, { headers: { ...this.signal, ...(this.cookie && { cookie: `${NAME}=${this.cookie}` }), ...headers } });
  }

  async post(path, form, headers = {}) {
    const all = { origin: this.shop.host.url, ...this.signal, ...(this.cookie && { cookie: `${NAME}=${this.cookie}` }), ...headers };
    const answer = await send(`${this.shop.host.url}${path}`, { method: 'POST', form, headers: all });
    for (const line of cookiesOf(answer)) if (line.startsWith(`${NAME}=`)) [, this.cookie] = /=([^;]*)/.exec(line);
    return answer;
  }

  async choose(choice, more = {}) {
    const answer = await this.post('/consent', { choice, return: '/pricing/', ...more });
    assert.equal(answer.status, 303, answer.text);
    return answer;
  }
}

describe(`consent on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('every page asks with the same short question, sets nothing and carries no script', async () => {
    const map = await new Browser(shop).get('/sitemap.xml');
    const paths = [...map.text.matchAll(/<loc>https?:\/\/[^/<]+([^<]*)<\/loc>/g)].map(([, path]) => path);
    assert.ok(paths.length > 10, `the sitemap lists the site: ${map.text.slice(0, 300)}`);
    for (const path of paths) {
      const page = await new Browser(shop).get(path);
      assert.equal(page.status, 200, path);
      const question = banner(page.text);
      assert.ok(question && question.length < 1024, `${path} asks in ${question.length} bytes`);
      assert.ok(page.text.indexOf(question) < page.text.indexOf('<header'), `${path}: the question comes first`);
      assert.match(question, new RegExp(`name="return" value="${path}"`));
      assert.doesNotMatch(question, /checked|Continue without/);
      assert.deepEqual([cookiesOf(page), scripts(page.text)], [[], []], path);
      assert.match(page.text, /<footer[\s\S]*href="\/consent"/, `${path} leads to the cookie page`);
      assert.equal(page.headers['cache-control'], path === '/support/' ? 'no-store' : 'private, no-cache', path);
      const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page.text);
      const hash = createHash('sha256').update(style).digest('base64');
      assert.match(page.headers['content-security-policy'], /script-src 'self';/);
      const [, styles] = /style-src 'self'([^;]*);/.exec(page.headers['content-security-policy']);
      assert.ok(styles.split(' ').includes(`'sha256-${hash}'`), `${path}: ${styles}`);
    }
  });

  test('nobody who only looks is given a cookie, however often', async () => {
    for (let round = 0; round < 20; round += 1) {
      for (const path of NEVER_COOKIE) assert.deepEqual(cookiesOf(await new Browser(shop, SIGNALS[round % 3] ?? {}).get(path)), [], path);
    }
  });

  test('what was allowed is in the page by its hash, and no more is asked', async () => {
    const browser = new Browser(shop);
    const before = await browser.get('/pricing/');
    const answer = await browser.choose('accept');
    assert.equal(answer.headers.location, '/pricing/');
    assert.equal(answer.headers['cache-control'], 'no-store');
    const [line] = cookiesOf(answer);
    for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax', 'Max-Age=15552000']) assert.ok(line.split('; ').includes(part), `${part} in ${line}`);
    assert.ok(!/domain/i.test(line) && browser.cookie.length <= 120, line);
    const page = await browser.get('/pricing/');
    assert.equal(banner(page.text), '');
    assert.equal(scripts(page.text).length, 2);
    for (const script of scripts(page.text)) {
      const hash = createHash('sha256').update(script).digest('base64');
      assert.ok(page.headers['content-security-policy'].includes(`'sha256-${hash}'`), page.headers['content-security-policy']);
    }
    assert.deepEqual(cookiesOf(page), [], 'a visit renews nothing');
    // `site serve` gives each page anew, since an edit may have changed it.
    if (HOST === 'native') return;
    assert.notEqual(page.headers.etag, before.headers.etag);
    const known = await browser.get('/pricing/', { 'if-none-match': page.headers.etag });
    assert.deepEqual([known.status, known.text], [304, '']);
    assert.equal((await browser.get('/pricing/', { 'if-none-match': before.headers.etag })).status, 200, 'the page of before is another one');
  });

  test('one of two can be allowed', async () => {
    const browser = new Browser(shop);
    await browser.choose('save', { 'c.analytics': 'on' });
    const page = await browser.get('/');
    assert.equal(scripts(page.text).length, 1);
    assert.match(scripts(page.text)[0], /sendBeacon\('\/visit'/);
    assert.doesNotMatch(page.text, /localStorage|id="scheme"/);
  });

  test('a refusal ends the question and leaves the page as it was', async () => {
    const browser = new Browser(shop);
    await browser.choose('reject');
    const page = await browser.get('/');
    assert.deepEqual([banner(page.text), scripts(page.text)], ['', []]);
    assert.match(browser.cookie, /\.nn\.\d+\.-$/, 'a refusal has no number');
    assert.equal((await browser.get('/consent/receipt')).status, 404);
  });

  test('a cookie that we did not write counts for nothing', async () => {
    const browser = new Browser(shop);
    await browser.choose('accept');
    const good = browser.cookie;
    const parts = good.split('.');
    const changed = (at, to) => parts.map((part, index) => (index === at ? to : part)).join('.');
    const odd = ['', 'accept', '1', good.toUpperCase(), `${good}.`, changed(0, '2'), changed(1, '2025-02-31'), changed(2, 'f'.repeat(16)), changed(3, 'YY'),
      changed(3, 'yyy'), changed(4, '9999999999'), changed(4, '1'), changed(5, 'x'), `${good}; ${NAME}=${good}`, '%', 'y'.repeat(4000)];
    for (const cookie of odd) {
      browser.cookie = cookie || ' ';
      const page = await browser.get('/');
      assert.deepEqual([page.status, scripts(page.text)], [200, []], cookie);
      assert.ok(banner(page.text), `asked again: ${cookie}`);
    }
  });

  test('while a signal is sent nothing is on and nobody is asked', async () => {
    for (const signal of SIGNALS) {
      const page = await new Browser(shop, signal).get('/');
      assert.deepEqual([banner(page.text), scripts(page.text), cookiesOf(page)], ['', [], []]);
      assert.match(page.text, /privacy signal is honored/);
    }
    for (const none of [{ 'sec-gpc': '0' }, { 'sec-gpc': 'true' }, { dnt: '0' }]) assert.ok(banner((await new Browser(shop, none).get('/')).text));
    const support = await new Browser(shop).get('/.well-known/gpc.json');
    assert.match(support.headers['content-type'], /^application\/json/);
    assert.deepEqual(support.json(), { gpc: true, lastUpdate: '2025-03-31' });
  });

  test('a consent of before rests while a signal is sent; one given despite it counts', async () => {
    const browser = new Browser(shop);
    await browser.choose('accept');
    [browser.signal] = SIGNALS;
    assert.deepEqual(scripts((await browser.get('/')).text), [], 'it rests');
    await browser.choose('accept', { form: 'page' });
    assert.equal(scripts((await browser.get('/')).text).length, 2, 'allowed despite the signal');
    browser.signal = {};
    assert.equal(scripts((await browser.get('/')).text).length, 2);
  });

  test('taking it back is one form, and what was kept goes with it', async () => {
    const browser = new Browser(shop);
    await browser.choose('accept');
    const page = await browser.get('/consent');
    const form = forms(page.text).find(({ buttons }) => buttons.length === 1);
    const answer = await browser.post(form.action, { ...form.fields, ...form.buttons[0] });
    assert.deepEqual([answer.status, answer.headers.location, answer.headers['clear-site-data']], [303, '/consent', '"storage"']);
    assert.deepEqual(scripts((await browser.get('/')).text), []);
    assert.equal((await new Browser(shop).choose('reject')).headers['clear-site-data'], undefined, 'nothing to clear for whoever refuses');
  });

  test('nobody else can decide, and the answer leads nowhere else', async () => {
    const browser = new Browser(shop);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const answer = await browser.post('/consent', { choice: 'accept' }, headers);
      assert.deepEqual([answer.status, cookiesOf(answer)], [403, []]);
    }
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', '/%2f%2fevil.example', '/%5cevil', '/\tevil', 'evil']) {
      assert.equal((await browser.choose('reject', { return: to })).headers.location, '/consent', to);
    }
    assert.equal((await browser.post('/consent', { choice: 'perhaps' })).status, 400);
    assert.equal((await send(`${shop.host.url}/consent?choice=accept`)).headers['set-cookie'], undefined, 'a link decides nothing');
  });

  test('a page behind a secret link and the desk are not asked on', async () => {
    const ticket = (await send(`${shop.host.url}/support/tickets`, { method: 'POST', json: { name: 'Ada', email: 'ada@example.com', subject: 'Hi', message: 'How?' } })).json();
    for (const path of [new URL(ticket.url).pathname, '/licenses/o/no-such-link']) {
      const page = await new Browser(shop).get(path);
      assert.equal(banner(page.text), '', path);
    }
  });

  test('visits are counted where that was allowed, and nothing else of them', async () => {
    const browser = new Browser(shop);
    const visit = (form, headers) => browser.post('/visit', form, headers);
    assert.equal((await visit({ path: '/pricing/', from: 'wordpress.org' })).status, 403, 'not before');
    await browser.choose('save', { 'c.analytics': 'on' });
    for (const from of ['wordpress.org', 'https://ada@evil.example/?q=ada', '127.0.0.1']) assert.equal((await visit({ path: '/pricing/', from })).status, 204);
    for (const path of ['/no-such-page/', '/_shell/', '/desk/', '/support/t/1/2', '', '//evil/']) assert.equal((await visit({ path, from: '' })).status, 400, path);
    assert.equal((await visit({ path: '/pricing/' }, { origin: 'https://evil.example' })).status, 403);
    [browser.signal] = SIGNALS;
    assert.equal((await visit({ path: '/pricing/' })).status, 403, 'not against a signal');

    const staff = await shop.signIn();
    const room = await staff.open('/desk/visits');
    assert.match(room.text, /3 in the last 30 days/);
    assert.match(room.text, /<span>\/pricing\/<\/span> <strong>3<\/strong>/);
    assert.match(room.text, /<span>wordpress\.org<\/span> <strong>1<\/strong>[\s\S]*<span>nowhere, or here<\/span> <strong>2|<span>nowhere, or here<\/span> <strong>2<\/strong>[\s\S]*<span>wordpress\.org<\/span> <strong>1/);
    assert.doesNotMatch(room.text, /evil|ada@/);
  });
});

describe(`consent when the policy changes, on the ${HOST} host`, () => {
  let [shop, root] = [];
  before(async () => {
    root = await copyOfProject();
    shop = await Shop.open({ root, at: '2027-02-28T12:00:00Z' });
  });
  after(() => shop.close());

  test('a decision holds until the day on which what it was about is another thing, and is asked for again then', async () => {
    const browser = new Browser(shop);
    await browser.choose('accept');
    assert.match(browser.cookie, /\.-$/, 'the version in force knows no receipts');
    assert.equal(banner((await browser.get('/')).text), '');
    await shop.restart({ at: '2027-03-02T12:00:00Z' });
    const page = await browser.get('/');
    assert.ok(banner(page.text), 'asked again');
    assert.deepEqual(scripts(page.text), [], 'and off until then');
    await browser.choose('accept');
    assert.equal(scripts((await browser.get('/')).text).length, 2);
  });

  test('what is allowed has a receipt that its holder can read and keep, and so has taking it back', async () => {
    const browser = new Browser(shop);
    await browser.choose('save', { 'c.preferences': 'on' });
    const page = await browser.get('/consent');
    assert.match(page.text, /Your receipt/);
    const given = (await browser.get('/consent/receipt')).json();
    assert.equal(given.record_id, browser.cookie.split('.').at(-1));
    assert.match(given.record_id, /^[0-9a-f]{32}$/);
    assert.deepEqual([given.event.state, given.event.form, given.event.privacy_signal, given.follows], ['dpv:ConsentGiven', 'banner', false, null]);
    assert.deepEqual(given.purposes.map(({ category, allowed }) => [category, allowed]), [['preferences', true], ['analytics', false]]);
    assert.match(given.notice.sha256, /^[0-9a-f]{64}$/);
    assert.match(given.notice.site_build, /^[0-9a-f]{12}$/);
    assert.equal(given.kept_until.slice(0, 10), '2028-04-02', 'thirteen months');
    assert.doesNotMatch(JSON.stringify(given), /127\.0\.0\.1(?!:)|node|user.agent/i);

    await browser.choose('reject', { form: 'page' });
    const withdrawn = (await browser.get('/consent/receipt')).json();
    assert.deepEqual([withdrawn.event.state, withdrawn.event.form, withdrawn.follows], ['dpv:ConsentWithdrawn', 'cookie page', given.record_id]);
    const other = new Browser(shop);
    assert.equal((await other.get('/consent/receipt')).status, 404, 'whoever has no number has no receipt');
    await other.choose('reject');
    assert.match(other.cookie, /\.-$/, 'a refusal leaves nothing with us');
  });
});
