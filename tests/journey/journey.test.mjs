// One buyer's journey from the pricing page to a license that validates, and what may happen to it afterwards.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { STRIPE_VERSION } from '../hosts/stripe.mjs';
import { send } from '../hosts/http.mjs';
import { keyIn } from '../hosts/visitor.mjs';
import { HOST, Shop, settle } from './shop.mjs';

/** What every purchase must end in, whoever played the processor. */
async function checkPurchase(shop, { key, page, email }) {
  assert.match(page.headers['cache-control'], /no-store/, 'a page with a key is never stored');

  const mail = await shop.mailWith(key);
  assert.equal(mail.to, email);
  assert.ok(mail.text.split(/\r?\n/).includes(key), 'the key is on a line of its own');

  const answer = await shop.validate(key);
  assert.equal(answer.valid, true);
  assert.equal(answer.code, 'valid');
  const { status, product, plan, expires_at, seats, seats_used, sites_exempt } = answer.license;
  assert.deepEqual(
    { status, product, plan, seats, seats_used, sites_exempt },
    { status: 'active', product: 'client-portal-plus', plan: 'business', seats: 5, seats_used: 0, sites_exempt: 0 },
  );
  assert.match(expires_at, /^2027-05-04T09:\d\d:\d\dZ$/, 'the term is one year from the purchase');
}

if (HOST === 'native') {
  describe('native host with the built-in stand-in', () => {
    let shop;
    before(async () => { shop = await Shop.openWithStandIn(); });
    after(() => shop.close());

    test('a visitor buys a license, gets it by mail, and it survives a restart', async () => {
      const bought = await shop.buy({ email: 'grace@example.com' });
      await checkPurchase(shop, bought);
      const list = await send(`${shop.host.url}/__dev/mail`);
      assert.equal(list.status, 200);
      assert.ok(list.text.includes(bought.email), 'the mail is readable in the browser');

      await shop.restart();
      assert.equal((await shop.validate(bought.key)).valid, true);
      const again = await shop.successPage(bought.session);
      assert.equal(again.key, bought.key);
      await settle();
      assert.equal((await shop.host.mails()).length, 1, 'the mail is not sent again');
    });

    test('two buyers get two keys, and neither page shows anything of the other', async () => {
      const one = await shop.buy({ email: 'one@example.com' });
      const two = await shop.buy({ email: 'two@example.com' });
      assert.notEqual(one.key, two.key);
      assert.ok(!one.page.text.includes('two@example.com') && !two.page.text.includes('one@example.com'));
    });
  });
}

describe(`${HOST} host with the test server for Stripe`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());
  /** Mails that carry a key; exactly one is wanted. */
  const mailsWith = async (key) => (await shop.host.mails()).filter((mail) => mail.text.includes(key));

  test('a visitor buys a license and gets it by mail', async () => {
    await checkPurchase(shop, await shop.buy());
  });

  test('a site that asks again gets the token that was signed before, until half of its life is over', async () => {
    const own = await Shop.open();
    try {
      const { key } = await own.buy();
      const question = { license_key: key, site: 'https://www.example-shop.com/' };
      const activated = await send(`${own.host.url}/api/v1/licenses/activate`, { method: 'POST', json: question });
      assert.equal(activated.status, 200, activated.text);
      const [jwk] = (await send(`${own.host.url}/.well-known/license-keys.json`)).json().keys;
      const ask = async () => {
        await settle();
        const { token } = await own.validate(key, { site: 'example-shop.com' });
        const [payload, signature] = token.split('.');
        const is_signed = verify(null, Buffer.from(payload), createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(signature, 'base64url'));
        assert.ok(is_signed, token);
        return { token, ...JSON.parse(Buffer.from(payload, 'base64url').toString()) };
      };
      const first = await ask();
      assert.deepEqual([first.site, first.status], ['example-shop.com', 'active']);
      assert.equal((await ask()).token, first.token);
      await own.restart({ at: '2026-05-12T09:00:00Z' });
      const later = await ask();
      assert.ok(later.iat > first.iat + 7 * 86_400, 'a token that is good for two weeks more');
      assert.equal((await ask()).token, later.token, 'and that is kept in its turn');
    } finally {
      await own.close();
    }
  });

  test('the checkout asks for what the catalogue says, once, with the pinned version', async () => {
    await shop.pressBuy('agency');
    const request = shop.stripe.requests.at(-1);
    assert.equal(request.headers['stripe-version'], STRIPE_VERSION);
    assert.ok(request.headers['idempotency-key'], 'a lost answer must not make a second session');
    assert.deepEqual(request.form.metadata, { product: 'client-portal-plus', plan: 'agency' });
    assert.equal(request.form.line_items[0].price, 'price_agency_lifetime');
    assert.ok(request.form.success_url.startsWith(`${shop.host.url}/checkout/success?session_id={CHECKOUT_SESSION_ID}`));
  });

  test('a lifetime license has no end and any number of sites', async () => {
    const { key } = await shop.buy({ plan: 'agency' });
    const { license } = await shop.validates(key, 'valid');
    assert.equal(license.expires_at, null);
    assert.equal(license.seats, 0);
  });

  test('a webhook that comes again changes nothing', async () => {
    const { key, session } = await shop.buy({ email: 'again@example.com' });
    await shop.mailWith(key);
    const event = shop.stripe.events.completed(session);
    await Promise.all([1, 2, 3].map(() => shop.deliver(event)));
    await shop.deliver(shop.stripe.events.completed(session));
    await settle();
    assert.equal((await mailsWith(key)).length, 1);
    assert.equal((await shop.successPage(session)).key, key);
    const mails = (await shop.host.mails()).filter((mail) => mail.to === 'again@example.com');
    assert.deepEqual(mails.map((mail) => keyIn(mail.text)), [key], 'there is one key');
  });

  test('the success page fulfils by itself when the webhook never comes', async () => {
    const session = await shop.openSession();
    shop.stripe.pay(session, { email: 'lost@example.com' });
    const { key } = await shop.successPage(session);
    assert.ok(key);
    await shop.mailWith(key);
    assert.equal((await shop.validate(key)).valid, true);
    await shop.deliver(shop.stripe.events.completed(session));
    assert.equal((await shop.successPage(session)).key, key, 'a late webhook finds the same license');
  });

  test('a session that is not paid shows no key and says that it is pending', async () => {
    const session = await shop.openSession();
    const { page, key } = await shop.successPage(session);
    assert.equal(key, undefined);
    assert.ok(page.status < 500, `${page.status}`);
    await shop.deliver(shop.stripe.events.completed(session));
    assert.equal((await shop.successPage(session)).key, undefined, 'a completed session without payment buys nothing');
  });

  test('a checkout that expired says so and is not asked for again', async () => {
    const session = await shop.openSession();
    shop.stripe.sessions.get(session).object.status = 'expired';
    const { page, key } = await shop.successPage(session);
    assert.equal(key, undefined);
    assert.equal(page.status, 410);
    assert.equal(page.headers.refresh, undefined);
  });

  test('a refund ends the license, a partial one does not', async () => {
    const { key, session } = await shop.buy({ email: 'refund@example.com' });
    await shop.validates(key, 'valid');
    await shop.deliver(shop.stripe.events.refunded(session, 100));
    await settle();
    assert.equal((await shop.validate(key)).code, 'valid');
    await shop.deliver(shop.stripe.events.refunded(session));
    const answer = await shop.validates(key, 'refunded');
    assert.equal(answer.valid, false);
    assert.equal(answer.license.status, 'refunded');
  });

  test('a refund that overtakes its purchase is kept and applied', async () => {
    const session = await shop.openSession();
    shop.stripe.pay(session, { email: 'early@example.com' });
    await shop.deliver(shop.stripe.events.refunded(session));
    await shop.deliver(shop.stripe.events.completed(session));
    const { key } = await shop.successPage(session);
    assert.ok(key, 'the purchase is on record');
    const answer = await shop.validates(key, 'refunded');
    assert.equal(answer.valid, false);
  });

  test('a dispute suspends, a won one restores, a lost one revokes, in any order of delivery', async () => {
    const { key, session } = await shop.buy({ email: 'dispute@example.com' });
    const created = shop.stripe.events.disputeCreated(session);
    await shop.deliver(created);
    await shop.validates(key, 'suspended');
    const won = shop.stripe.events.disputeClosed(session, 'won');
    await shop.deliver(won);
    await shop.deliver(created);
    await shop.validates(key, 'valid');
    await settle();
    assert.equal((await shop.validate(key)).code, 'valid', 'the repeated older event does not win');

    const other = await shop.buy({ email: 'lost-dispute@example.com' });
    const opened = shop.stripe.events.disputeCreated(other.session);
    await shop.deliver(shop.stripe.events.disputeClosed(other.session, 'lost'));
    await shop.deliver(opened);
    await shop.validates(other.key, 'revoked');
  });

  test('events of unknown types, of live mode and of other products are taken and change nothing', async () => {
    await shop.deliver(shop.stripe.events.unknown());
    const session = await shop.openSession();
    shop.stripe.pay(session, { email: 'other@example.com' });
    await shop.deliver({ ...shop.stripe.events.completed(session, { livemode: true }), livemode: true });
    await shop.deliver(shop.stripe.events.completed(session, { metadata: { product: 'another', plan: 'business' } }));
    await settle();
    assert.deepEqual((await shop.host.mails()).filter((mail) => mail.to === 'other@example.com'), []);
  });

  test('a key is read as people write it; a mistyped, an unknown and an empty one are told apart', async () => {
    const { key } = await shop.buy();
    await shop.validates(key, 'valid');
    assert.equal((await shop.validate(` ${key.toLowerCase().replaceAll('-', ' ')} `)).code, 'valid');
    const last = key.at(-1) === '0' ? '1' : '0';
    assert.equal((await shop.validate(key.slice(0, -1) + last)).code, 'malformed_key');
    assert.equal((await shop.validate('')).code, 'malformed_key');
    assert.equal((await shop.validate(key, { product: 'another' })).code, 'product_mismatch');
  });

  test('everything is still known after a restart', async () => {
    const kept = await shop.buy({ email: 'kept@example.com' });
    const back = await shop.buy({ email: 'back@example.com' });
    await shop.deliver(shop.stripe.events.refunded(back.session));
    await shop.restart();
    assert.equal((await shop.validate(kept.key)).code, 'valid');
    // A good answer may be a minute old; the view of the refund is published again after the restart.
    await shop.validates(back.key, 'refunded');
    assert.equal((await shop.successPage(kept.session)).key, kept.key);
  });
});
