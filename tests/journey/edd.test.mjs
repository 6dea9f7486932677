// A plugin that was written for EDD Software Licensing, unchanged, in this shop: it is activated, finds an update, fetches it,
// and is told why when it may not. Its requests are replayed as WordPress sends them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { Plugin, buildQuery } from '../hosts/plugin.mjs';
import { until } from '../hosts/project.mjs';
import { checkHeaders } from './headers.mjs';
import { HOST, Shop } from './shop.mjs';

const NAME = 'client-portal-plus-1.0.0.zip';
/** Longer than a host reads at once. */
const ARCHIVE = `PK${Array.from({ length: 40_000 }, (_, at) => String(at).padStart(6, '0')).join('')}`;
const FIELDS = [
  'success', 'license', 'item_id', 'item_name', 'checksum', 'expires', 'payment_id', 'customer_name', 'customer_email',
  'license_limit', 'site_count', 'activations_left', 'price_id',
];

function checkFields(answer) {
  for (const field of FIELDS) assert.ok(field in answer, `${field} is there: ${JSON.stringify(answer)}`);
  assert.deepEqual([answer.customer_name, answer.customer_email, answer.payment_id], ['', '', 0], 'nobody is named');
  return answer;
}

const claims = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());

describe(`${HOST} host and a plugin that speaks EDD`, () => {
  let shop;
  before(async () => {
    shop = await Shop.open();
    await shop.host.putArchive(NAME, ARCHIVE);
  });
  after(() => shop.close());

  const plugin = (home_url, more) => new Plugin(shop.host.url, home_url, more);
  const fetchPackage = (url, headers = {}, method = 'GET') => send(url, { method, headers: { 'user-agent': 'WordPress/6.9', accept: '*/*', ...headers } });

  test('one seat: activated, repeated, full, moved, and updated on the way', async () => {
    const { key: license } = await shop.buy({ plan: 'single', email: 'edd@example.com' });
    const first = plugin('https://www.First-Site.com/', { license });
    const second = plugin('https://second-site.com', { license });
    assert.equal(checkFields(await first.check()).license, 'inactive', 'nobody activated it yet');

    const activated = checkFields(await first.activate());
    const { success, license: worth, item_name, expires, license_limit, site_count, activations_left, price_id, is_local } = activated;
    assert.deepEqual(
      { success, worth, item_name, license_limit, site_count, activations_left, price_id, is_local },
      { success: true, worth: 'valid', item_name: 'Client Portal Plus', license_limit: 1, site_count: 1, activations_left: 0, price_id: 'single', is_local: undefined },
    );
    assert.match(expires, /^2027-05-04 09:\d\d:\d\d$/);
    assert.deepEqual([claims(activated.token).site, claims(activated.token).status], ['first-site.com', 'active']);
    const again = await plugin('http://first-site.com', { license }).activate();
    assert.deepEqual([again.license, again.site_count], ['valid', 1], 'the same site takes no second seat');

    const refused = checkFields(await second.activate());
    assert.deepEqual([refused.success, refused.license, refused.error, refused.max_sites], [false, 'invalid', 'no_activations_left', 1]);
    const copy = await plugin('https://copy-of-it.com', { license, environment: 'staging' }).activate();
    assert.deepEqual([copy.license, copy.is_local, copy.site_count], ['valid', true, 1], 'a copy takes none');
    assert.equal(checkFields(await first.check()).license, 'valid');
    assert.equal(checkFields(await second.check()).license, 'site_inactive');

    const update = await first.update();
    assert.ok(update.is_offered);
    assert.deepEqual([update.new_version, update.stable_version, update.slug, update.msg], ['1.0.0', '1.0.0', 'client-portal-plus', undefined]);
    assert.match(update.sections.changelog, /First release/);
    assert.ok(update.package.startsWith(`${shop.host.url}/download/`) && update.package === update.download_link);
    const whole = await fetchPackage(update.package);
    assert.equal(whole.status, 200, whole.text.slice(0, 200));
    assert.equal(whole.text, ARCHIVE);

    const none = await second.update();
    assert.ok(none.is_offered, 'everybody may know of the version');
    assert.deepEqual([none.package, none.download_link], ['', '']);
    assert.match(none.msg, /not active on this site/);

    assert.deepEqual([(await first.deactivate()).license, (await first.deactivate()).license], ['deactivated', 'deactivated'], 'a repeat is no failure');
    assert.equal((await second.activate()).license, 'valid', 'the seat is free');
    const moved = await second.update();
    assert.equal((await fetchPackage(moved.package, { range: 'bytes=0-1' })).text, 'PK');
  });

  test('an archive comes whole, in part or not at all', async () => {
    const { key: license } = await shop.buy({ email: 'ranges@example.com' });
    const site = plugin('https://ranges.com', { license });
    await site.activate();
    const { package: url } = await site.update();
    const size = ARCHIVE.length;

    const whole = await fetchPackage(url);
    const { etag } = whole.headers;
    assert.deepEqual(
      [whole.headers['content-type'], whole.headers['content-disposition'], whole.headers['accept-ranges'], whole.headers['cache-control']],
      ['application/zip', `attachment; filename="${NAME}"`, 'bytes', 'no-store'],
    );
    assert.ok(etag);
    const head = await fetchPackage(url, {}, 'HEAD');
    assert.deepEqual([head.status, head.text, head.headers['content-length'], head.headers.etag], [200, '', String(size), etag]);

    for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=70000-', 70_000, size], ['bytes=-5', size - 5, size], [`bytes=10-${size * 2}`, 10, size]]) {
      const part = await fetchPackage(url, { range });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/${size}`);
      assert.equal(part.text, ARCHIVE.slice(from, to), range);
    }
    assert.equal((await fetchPackage(url, { range: 'bytes=0-9', 'if-range': etag })).status, 206);
    assert.equal((await fetchPackage(url, { range: 'bytes=0-9', 'if-range': '"another"' })).status, 200, 'another file is sent whole');
    assert.equal((await fetchPackage(url, { range: 'bytes=0-1,5-6' })).status, 200, 'one part at a time');
    const beyond = await fetchPackage(url, { range: `bytes=${size}-` });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${size}`]);
  });

  test('a link that is not whole is refused with a sentence, in a browser with a page', async () => {
    const told = await fetchPackage(`${shop.host.url}/download/nonsense`);
    checkHeaders(told, 'a forged link');
    assert.equal(told.status, 403);
    assert.match(told.headers['content-type'], /^text\/plain/);
    assert.match(told.text, /^This download link is not complete\..*\n$/);
    const page = await fetchPackage(`${shop.host.url}/download/nonsense`, { accept: 'text/html,application/xhtml+xml' });
    assert.equal(page.status, 403);
    assert.match(page.headers['content-type'], /^text\/html/);
    const problem = await fetchPackage(`${shop.host.url}/download/nonsense`, { accept: 'application/json' });
    assert.equal(problem.json().type, '/problems/download-link');
  });

  test('a key that nobody has, a product of somebody else, and a site that is not named', async () => {
    const missing = checkFields(await plugin('https://a.com', { license: 'nonsense' }).activate());
    assert.deepEqual([missing.success, missing.license, missing.error, missing.expires], [false, 'invalid', 'missing', false]);
    const unknown = plugin('https://a.com', { license: 'CPP-0000-0000-0000-0000-0000-0000-0000' });
    assert.equal((await unknown.activate()).error, 'missing');
    assert.deepEqual([(await unknown.check()).license, (await unknown.check()).success], ['invalid', false]);
    assert.equal((await unknown.deactivate()).license, 'failed');
    assert.match((await unknown.update()).msg, /no license with this key/);
    assert.match((await plugin('https://a.com').update()).msg, /Enter your license key/);

    const { key: license } = await shop.buy({ email: 'mismatch@example.com' });
    const other = plugin('https://a.com', { license, item_name: 'Another Plugin' });
    assert.deepEqual([(await other.check()).license, (await other.activate()).error], ['item_name_mismatch', 'item_name_mismatch']);
    const numbered = plugin('https://a.com', { license, item_id: 42 });
    const answer = await numbered.activate();
    assert.deepEqual([answer.error, answer.item_id], ['invalid_item_id', 42]);
    const named = plugin('https://a.com', { license, item_id: 'client-portal-plus', item_name: '' });
    assert.equal((await named.activate()).license, 'valid');

    const silent = plugin('', { license });
    silent.headers['user-agent'] = 'PHP';
    assert.equal((await silent.activate()).error, 'missing_url');
    const agent = plugin('', { license });
    agent.headers['user-agent'] = 'WordPress/6.9; https://from-the-agent.com';
    assert.equal(claims((await agent.activate()).token).site, 'from-the-agent.com');
  });

  test('newer clients ask by GET, encode the address twice, and ask for many at once', async () => {
    const { key: license } = await shop.buy({ email: 'sdk@example.com' });
    const ask = async (params) => send(`${shop.host.url}/?${params}`, { headers: { 'user-agent': 'WordPress/6.9; https://sdk-site.com' } });
    const url = encodeURIComponent(encodeURIComponent('https://sdk-site.com'));
    const activated = await ask(`edd_action=activate_license&license=${license}&item_id=client-portal-plus&url=${url}&environment=production`);
    checkHeaders(activated, 'an activation by GET');
    assert.match(activated.headers['cache-control'], /no-store/);
    assert.equal(activated.json().license, 'valid');
    assert.equal(claims(activated.json().token).site, 'sdk-site.com');

    const site = plugin('https://sdk-site.com', { license });
    const { edd_action, ...one } = site.version_params();
    const bulk = await site.post({ edd_action, products: { portal: one, other: { ...one, item_name: 'Another Plugin' } } });
    const { portal, other } = bulk.json();
    assert.ok(site.read_update(portal).package);
    assert.deepEqual([site.read_update(other).new_version, other.package], ['', '']);
    assert.match((await site.post({ edd_action, products: '' })).json().msg, /No product/);
  });

  test('a site that cannot run a version has the latest', async () => {
    const { key: license } = await shop.buy({ email: 'old@example.com' });
    const site = plugin('https://old-site.com', { license });
    await site.activate();
    for (const more of [{ php_version: '7.3.33' }, { wp_version: '6.0.9' }]) {
      const update = await site.update(more);
      assert.deepEqual([update.new_version, update.is_offered, update.package], ['0.9.0', false, '']);
      assert.match(update.msg, /needs (PHP|WordPress)/);
    }
    assert.ok((await site.update({ wp_version: '6.1-RC2' })).package);
  });

  test('the home page is what it was, and nothing else is answered there', async () => {
    for (const path of ['/', '/?edd_action=', '/?utm=1']) {
      const page = await send(shop.host.url + path);
      assert.equal(page.status, 200, path);
      assert.match(page.headers['content-type'], /^text\/html/, path);
      assert.equal(page.headers['cache-control'], 'private, no-cache', path);
    }
    const post = await send(`${shop.host.url}/`, { method: 'POST', form: { license: 'x' } });
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
    const unknown = await send(`${shop.host.url}/`, { method: 'POST', body: buildQuery({ edd_action: 'add_to_cart' }), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.deepEqual([unknown.status, unknown.json()], [200, { success: false, error: 'unknown_action' }]);
    const head = await send(`${shop.host.url}/?edd_action=check_license`, { method: 'HEAD' });
    assert.match(head.headers['content-type'], /^text\/html/, 'HEAD asks for no action');
  });

  test('broken questions are answered like all others', async () => {
    const bodies = ['edd_action=get_version&products[', 'edd_action=get_version&products[]=&products[a][=', 'edd_action=check_license&license[]=x', 'edd_action=activate_license&license=%ff%00&url=%', `edd_action=get_version&${'products[a][b]=c&'.repeat(3000)}`, `edd_action=check_license&license=${'x'.repeat(50_000)}`, 'edd_action=deactivate_license&url=http://[::1&license=%E2%80%AE'];
    for (const body of bodies) {
      const answer = await send(`${shop.host.url}/`, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      assert.equal(answer.status, 200, body.slice(0, 80));
      checkHeaders(answer, body.slice(0, 80));
      answer.json();
    }
  });

  test('the release in words of our own: for everybody a description, for holders a link', async () => {
    const { key: license } = await shop.buy({ plan: 'single', email: 'manifest@example.com' });
    const latest = (query = '', headers = {}) => send(`${shop.host.url}/api/v1/releases/latest?product=client-portal-plus${query}`, { headers });
    const open = (await latest()).json();
    assert.deepEqual(
      [open.product, open.version, open.security, open.requires, open.requires_php, open.download_url],
      ['client-portal-plus', '1.0.0', false, '6.1', '7.4', null],
    );
    assert.match(open.notes_html, /First release/);
    assert.match(open.reason, /license key/);
    assert.equal(open.changelog_url, `${shop.host.url}/changelog/`);

    const held = (await latest('', { authorization: `License ${license}` })).json();
    assert.deepEqual([held.reason, held.download_size], [null, ARCHIVE.length]);
    assert.equal((await fetchPackage(held.download_url)).text, ARCHIVE);
    const elsewhere = (await latest('&site=https://manifest.com', { authorization: `License ${license}` })).json();
    assert.match(elsewhere.reason, /not active on this site/);
    assert.match((await latest('', { authorization: 'License nonsense' })).json().reason, /not a license key/);
    assert.equal((await latest('&site=http://user@x', { authorization: `License ${license}` })).status, 422);
    assert.equal((await send(`${shop.host.url}/api/v1/releases/latest?product=another`)).status, 404);
  });

  test('a refund ends the license, and the links that are out', async () => {
    const { key: license, session } = await shop.buy({ email: 'refunded@example.com' });
    const site = plugin('https://refunded.com', { license });
    await site.activate();
    const { package: url } = await site.update();
    await shop.deliver(shop.stripe.events.refunded(session));
    await until('the license to be disabled', async () => (await site.check()).license === 'disabled');
    assert.equal((await site.activate()).error, 'disabled');
    assert.match((await site.update()).msg, /refunded/);
    const refused = await fetchPackage(url);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /refunded/);
  });

  test('an expired license knows of the version, says why it may not have it, and can be moved away', async () => {
    const { key: license } = await shop.buy({ plan: 'single', email: 'expired@example.com' });
    const early = plugin('https://expired.com', { license });
    await early.activate();
    const { package: url } = await early.update();
    await shop.restart({ at: '2027-06-04T09:00:00Z' });

    const site = plugin('https://expired.com', { license });
    const checked = checkFields(await site.check());
    assert.deepEqual([checked.success, checked.license], [true, 'expired']);
    assert.match(checked.expires, /^2027-05-04 09:/);
    const refused = checkFields(await site.activate());
    assert.deepEqual([refused.success, refused.error], [false, 'expired']);
    assert.match(refused.expires, /^2027-05-04 09:/);
    const update = await site.update();
    assert.ok(update.is_offered);
    assert.equal(update.package, '');
    assert.match(update.msg, /expired.*Renew/);
    const link = await fetchPackage(new URL(new URL(url).pathname, shop.host.url).href);
    assert.deepEqual([link.status, link.text], [403, 'This download link has expired. Check for updates again to get a new one.\n']);
    const manifest = await send(`${shop.host.url}/api/v1/releases/latest?product=client-portal-plus`, { headers: { authorization: `License ${license}` } });
    assert.deepEqual([manifest.json().version, manifest.json().download_url], ['1.0.0', null]);
    assert.match(manifest.json().reason, /expired/);
    assert.deepEqual([(await site.deactivate()).license, (await site.check()).site_count], ['deactivated', 0]);
  });
});

if (HOST === 'native') {
  describe('a plugin that asks too often', () => {
    let shop;
    before(async () => { shop = await Shop.open(); });
    after(() => shop.close());

    test('is told so with a status that it believes', async () => {
      const guess = new Plugin(shop.host.url, 'https://guess.com', { license: 'CPP-0000-0000-0000-0000-0000-0000-0000' });
      const answers = await Promise.all(Array.from({ length: 130 }, () => guess.check()));
      const told = answers.filter(({ error }) => error === 'too_many_requests');
      assert.ok(told.length > 0 && told.every(({ success, license }) => success === false && license === 'invalid'));
      assert.equal((await guess.activate()).error, 'too_many_requests');
      assert.equal((await guess.deactivate()).license, 'failed');
      assert.match((await guess.update()).msg, /Too many/);
    });
  });
}
