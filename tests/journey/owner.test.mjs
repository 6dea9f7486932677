// The page of whoever holds a license: asked for by mail, opened by a link, and what can be done on it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { ownerPass } from '../hosts/pass.mjs';
import { until } from '../hosts/project.mjs';
import { Visitor, forms, banner } from '../hosts/visitor.mjs';
import { checkHeaders } from './headers.mjs';
import { HOST, Shop, settle } from './shop.mjs';

const WEEK_S = 7 * 86_400;
/** Headers of an answer that differ between two askings on their own. */
const OF_THE_MOMENT = ['date'];

const without = (headers, names) => Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
/** The form of a page that leads to this part of it. */
const formTo = (page, part, fields = {}) => forms(page.text).find((form) => form.action.endsWith(part) && Object.entries(fields).every(([name, value]) => form.fields[name] === value));

describe(`the page of a license's holder on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const origin = () => ({ origin: shop.host.url });
  const ask = (email, headers = origin()) => send(`${shop.host.url}/licenses/resend`, { method: 'POST', form: { email }, headers });
  const mailsOf = async (email, subject = 'Your licenses') => (await shop.host.mails()).filter((mail) => mail.to === email && mail.subject === subject);
  const api = (what, license_key, site, version) => send(`${shop.host.url}/api/v1/licenses/${what}`, { method: 'POST', json: { license_key, site, version } });

  /** Buys, asks for the mail and opens the link in it. */
  async function holder(email, bought = {}) {
    const { key } = await shop.buy({ email, ...bought });
    await shop.mailWith(key);
    assert.equal((await ask(email)).status, 202);
    const [mail] = await until('the mail', async () => (await mailsOf(email)).length === 1 && mailsOf(email));
    assert.ok(mail.text.split(/\r?\n/).includes(key), 'the key is on a line of its own');
    const link = mail.text.split(/\r?\n/).find((line) => line.includes('/licenses/o/'));
    assert.ok(link?.startsWith(`${shop.host.url}/licenses/o/`), mail.text);
    const visitor = new Visitor(shop.host.url);
    const page = await visitor.open(link);
    assert.equal(page.status, 200);
    return { key, link, visitor, page };
  }

  test('the mail leads to the licenses, and nothing keeps or passes on its address', async () => {
    const { key, page, link } = await holder('ada@example.com');
    assert.ok(page.text.includes(key));
    assert.match(page.text, /Client Portal Plus, Business/);
    assert.match(page.text, /Active<\/strong> since <time datetime="?2026-05-04/);
    assert.match(page.text, /0 of 5/);
    checkHeaders(page, 'the page');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.match(page.headers['cache-control'], /no-store/);
    assert.match(page.headers['x-robots-tag'], /noindex/);
    if (shop.host.log) assert.ok(!shop.host.log().includes(link.split('/').at(-1)), 'no link in the log');
  });

  test('sites that the plugin activated are listed, and each can be deactivated', async () => {
    const { key, visitor } = await holder('sites@example.com');
    for (const [site, version] of [['https://one.example.org', '1.0.0'], ['https://two.example.org', '1.2.3'], ['http://two.local', '1.2.3']]) {
      assert.equal((await api('activate', key, site, version)).status, 200);
    }
    const page = await visitor.open(visitor.url);
    assert.match(page.text, /2 of 5, and 1 staging site that is free/);
    assert.match(page.text, /Plugin 1\.2\.3, reported on/);
    assert.equal(page.text.match(/staging, free/g).length, 1);
    const [first] = forms(page.text.split('<li class="site">').slice(1).find((site) => !site.includes('staging, free')));
    const after = await visitor.submit(first);
    assert.match(after.text, /The site is deactivated/);
    assert.match(after.text, /1 of 5, and 1 staging site/);
    assert.equal((await send(`${shop.host.url}/api/v1/licenses/activate`, { method: 'POST', json: { license_key: key, site: 'https://three.example.org' } })).status, 200, 'its place is free');
  });

  test('a site whose address is not kept is found by it', async () => {
    const { key, visitor } = await holder('address@example.com');
    assert.equal((await api('activate', key, 'https://www.shop.example.org/blog/')).status, 200);
    const page = await visitor.open(visitor.url);
    assert.ok(!page.text.includes('shop.example.org'), 'the policy in force does not let us keep it');
    const byAddress = formTo(page, '/deactivate', { address: '' });
    assert.match((await visitor.submit(byAddress, { address: 'no address' })).text, /not the address of a site/);
    assert.match((await visitor.submit(byAddress, { address: 'other.example.org' })).text, /not active on that site/);
    assert.match((await visitor.submit(byAddress, { address: 'shop.example.org/blog' })).text, /The site is deactivated/);
    assert.match(visitor.page.text, /0 of 5/);
  });

  test('the processor shows the buyer their own page and leads back', async () => {
    const { page, link } = await holder('portal@example.com');
    const form = formTo(page, '/portal');
    const answer = await send(new URL(form.action, link).href, { method: 'POST', form: form.fields, headers: origin() });
    assert.equal(answer.status, 303, answer.text);
    assert.ok(answer.headers.location.startsWith(`${shop.stripe.url}/portal/bps_`));
    const request = shop.stripe.requests.at(-1);
    assert.equal(request.path, '/v1/billing_portal/sessions');
    assert.deepEqual(Object.keys(request.form).sort(), ['customer', 'return_url']);
    assert.notEqual(request.form.return_url, link, 'the link of the mail stays between us');
    const back = await send(request.form.return_url);
    assert.equal(back.status, 200);
    assert.match(back.text, /Your licenses/);
  });

  test('a renewal by somebody else prolongs the license by a year and hands over nothing', async () => {
    const { key, page, visitor } = await holder('renews@example.com');
    const form = formTo(page, '/renew');
    await visitor.submit(form, {}, { provider: 'stripe' });
    const license = shop.stripe.requests.at(-1).form.metadata.renews;
    assert.equal(license, form.fields.license);
    assert.equal(shop.stripe.requests.at(-1).form.payment_intent_data.metadata.renews, license);
    const [payment] = forms(visitor.page.text);
    const thanks = await visitor.submit(payment, { email: 'accounting@example.org', name: 'Accounting' });
    assert.match(thanks.text, /The license is renewed/);
    assert.ok(!thanks.text.includes(key), 'whoever pays is not shown the key');
    assert.match(thanks.text, /2028-05-04/);
    const renewed = await until('the new end', async () => {
      const { license } = await shop.validate(key);
      return license.expires_at.startsWith('2028-05-04') && license;
    });
    assert.equal(renewed.status, 'active');
    const [mail] = await until('the mail about it', async () => {
      const mails = await mailsOf('renews@example.com', 'Your license for Client Portal Plus is renewed');
      return mails.length === 1 && mails;
    });
    assert.match(mail.text, /2028-05-04/);
    await settle();
    assert.deepEqual((await shop.host.mails()).filter(({ to }) => to === 'accounting@example.org'), []);
  });

  test('what does not end is not renewed, and another license cannot be reached', async () => {
    const { page, link } = await holder('agency@example.com', { plan: 'agency' });
    assert.equal(formTo(page, '/renew'), undefined);
    const license = formTo(page, '/portal').fields.license;
    const post = (part, form) => send(`${link}/${part}`, { method: 'POST', form, headers: origin() });
    assert.equal((await post('renew', { license, provider: 'stripe' })).status, 422);
    const other = await holder('business@example.com');
    const theirs = formTo(other.page, '/renew').fields.license;
    for (const part of ['deactivate', 'portal', 'renew']) {
      assert.equal((await post(part, { license: theirs, site: '0'.repeat(32), provider: 'stripe' })).status, 404, part);
      assert.equal((await post(part, { license: 'x' })).status, 404, part);
    }
    assert.equal((await send(`${other.link}/renew`, { method: 'POST', form: { license: theirs, provider: 'pigeon' }, headers: origin() })).status, 422);
  });

  test('a refunded license says so and offers neither download nor renewal', async () => {
    const { link } = await holder('refunded@example.com');
    await shop.deliver(shop.stripe.events.refunded([...shop.stripe.sessions.keys()].at(-1)));
    const page = await send(link);
    assert.match(page.text, /Refunded<\/strong>: the payment went back to you on/);
    assert.equal(formTo(page, '/renew'), undefined);
    assert.ok(!page.text.includes('Latest version'));
  });

  test('a link that has ended and one that was forged are told alike', async () => {
    const email = 'links@example.com';
    await holder(email);
    const now = shop.host.clock.now_s();
    const open = (pass, more) => send(`${shop.host.url}/licenses/o/${pass}`, more);
    assert.equal((await open(ownerPass(email, now + WEEK_S))).status, 200, 'the tests make passes as the edge does');
    const expired = await open(ownerPass(email, now - 1));
    const forged = await open(ownerPass(email, now + WEEK_S, 'another secret'));
    for (const answer of [expired, forged]) {
      assert.equal(answer.status, 403);
      assert.ok(forms(answer.text).some((form) => form.action === '/licenses/resend'), 'it has the form to get a new one');
      assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    }
    assert.equal(expired.text, forged.text);
    assert.deepEqual(without(expired.headers, OF_THE_MOMENT), without(forged.headers, OF_THE_MOMENT));
    const json = { headers: { accept: 'application/json' } };
    assert.deepEqual((await open('x', json)).json(), (await open(ownerPass(email, now - 1), json)).json());
    for (const part of ['deactivate', 'portal', 'renew']) {
      assert.equal((await open(`${ownerPass(email, now - 1)}/${part}`, { method: 'POST', form: { license: 'x' }, headers: origin() })).status, 403);
    }
  });

  test('somebody who has nothing finds a calm sentence', async () => {
    const page = await send(`${shop.host.url}/licenses/o/${ownerPass('nobody@example.com', shop.host.clock.now_s() + WEEK_S)}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /There is no license here/);
  });

  test('an address that we do not know is answered to the byte like one that we know, and gets no mail', async () => {
    const known = 'known@example.com';
    const { key } = await shop.buy({ email: known });
    await shop.mailWith(key);
    const began = Date.now();
    const answers = [await ask(known), await ask('stranger@example.org'), await ask(known), await ask(' Known@Example.com ')];
    const each_ms = (Date.now() - began) / answers.length;
    assert.ok(each_ms >= 900, `an answer takes a second, whatever it does: ${each_ms} ms`);
    for (const answer of answers) {
      assert.equal(answer.status, 202);
      assert.equal(answer.text, answers[0].text);
      assert.deepEqual(without(answer.headers, OF_THE_MOMENT), without(answers[0].headers, OF_THE_MOMENT));
      assert.ok(!/known|stranger/i.test(answer.text.replace(/<[^>]*>/g, '')));
    }
    await until('the mail', async () => (await mailsOf(known)).length === 1);
    await settle();
    assert.equal((await mailsOf(known)).length, 1, 'who asks again and again gets one mail');
    assert.deepEqual((await shop.host.mails()).filter(({ to }) => to.includes('stranger')), []);
  });

  test('a slip in an address is shown with the address; another site is turned away', async () => {
    const answer = await ask('ada at "example" <b>');
    assert.equal(answer.status, 422);
    const [form] = forms(answer.text).filter(({ action }) => action === '/licenses/resend');
    assert.equal(form.fields.email, 'ada at "example" <b>');
    assert.ok(!answer.text.replace(banner(answer.text), '').includes('<b>'), 'what was typed is text');
    assert.match(answer.text, /aria-invalid="?true/);
    const json = await ask('nobody', { ...origin(), accept: 'application/json' });
    assert.deepEqual([json.status, json.json().errors[0].field], [422, 'email']);
    assert.equal((await ask('ada@example.com', { origin: 'https://evil.example' })).status, 403);
    assert.equal((await send(`${shop.host.url}/licenses/resend`)).status, 405);
    assert.equal((await send(`${shop.host.url}/licenses/resend`, { method: 'POST', json: { email: 'ada@example.com' } })).status, 415);
  });

  test('forms behind a link come from this site', async () => {
    const { link, page } = await holder('forms@example.com');
    const form = formTo(page, '/portal');
    const post = (headers) => send(`${link}/portal`, { method: 'POST', form: form.fields, headers });
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await post({ origin: 'null', 'sec-fetch-site': 'cross-site' })).status, 403);
    // The page tells nobody its address, so an older browser names no origin.
    assert.equal((await post({ origin: 'null' })).status, 303);
    assert.equal((await post({ origin: 'null', 'sec-fetch-site': 'same-origin' })).status, 303);
  });
});

if (HOST === 'native') {
  describe('the stand-in of the processor on a developer\'s machine', () => {
    let shop;
    before(async () => { shop = await Shop.openWithStandIn(); });
    after(() => shop.close());

    /** Presses a button of a payment's page. */
    const press = (session, act, more = {}) => send(`${shop.host.url}/__dev/checkout`, { method: 'POST', form: { session, act, ...more } });

    test('shows every state of a license', async () => {
      const { key, session } = await shop.buy({ email: 'dev@example.com' });
      for (const [act, code] of [['refund-part', 'valid'], ['dispute', 'suspended'], ['dispute-won', 'valid'], ['refund', 'refunded']]) {
        assert.equal((await press(session, act)).status, 303, act);
        await shop.validates(key, code);
      }
      assert.equal((await press(session, 'pay')).status, 409, 'what is paid is not paid again');
    });

    test('declines a card, and takes money that comes later', async () => {
      const visitor = await shop.pressBuy();
      const session = new URL(visitor.url).searchParams.get('session');
      const buyer = { email: 'later@example.com', name: 'Later' };
      assert.equal((await press(session, 'decline', buyer)).status, 402);
      assert.equal((await press(session, 'pay-later', buyer)).status, 303);
      assert.equal((await shop.successPage(session)).page.status, 202);
      assert.equal((await press(session, 'arrive')).status, 303);
      const { key } = await shop.successPage(session);
      await shop.validates(key, 'valid');
    });

    test('has a page for each buyer', async () => {
      const email = 'portal@example.com';
      const { key } = await shop.buy({ email });
      await shop.mailWith(key);
      await send(`${shop.host.url}/licenses/resend`, { method: 'POST', form: { email } });
      const mail = await until('the mail', async () => (await shop.host.mails()).find(({ to, subject }) => to === email && subject === 'Your licenses'));
      const visitor = new Visitor(shop.host.url);
      const page = await visitor.open(/http\S+\/licenses\/o\/\S+/.exec(mail.text)[0]);
      const portal = await visitor.submit(formTo(page, '/portal'));
      assert.match(portal.text, /Your payments/);
      assert.ok(portal.text.includes(email));
    });
  });
}
