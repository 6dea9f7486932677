// Buying with PayPal, and what becomes of it: an order is captured when its buyer comes back or when PayPal says that it was
// approved, whichever is first. Reports are signed with a certificate, and forged ones change nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { startPaypal } from '../hosts/paypal.mjs';
import { RENEWING_PLANS, copyOfProject, until } from '../hosts/project.mjs';
import { keyIn } from '../hosts/visitor.mjs';
import { HOST, Shop, settle } from './shop.mjs';

for (const verification of ['offline', 'postback']) {
  describe(`${HOST} host and PayPal, reports verified by ${verification}`, () => {
    let shop;
    let paypal;
    before(async () => {
      paypal = await startPaypal();
      const root = await copyOfProject({ plans: RENEWING_PLANS });
      shop = await Shop.open({ root, env: { ...paypal.env, PAYPAL_VERIFICATION: verification } });
      paypal.attach(shop.host);
    });
    after(async () => {
      await shop.close();
      await paypal.stop();
    });

    /** Opens an order as a buyer does, and leaves PayPal's page alone; its id. */
    async function open(plan = 'business') {
      const answer = await shop.checkout(plan, 'paypal');
      assert.equal(answer.status, 303, answer.text);
      return new URL(answer.headers.location).searchParams.get('token');
    }
    async function taken(event, options) {
      const answer = await paypal.deliver(event, options);
      assert.deepEqual([answer.status, answer.text], [200, '{"received":true}'], JSON.stringify(event).slice(0, 300));
    }
    const back = async (query) => {
      const page = await send(`${shop.host.url}/checkout/success?provider=paypal&${query}`);
      return { page, key: keyIn(page.text) };
    };
    const mailsTo = async (email) => (await shop.host.mails()).filter(({ to }) => to === email).map(({ subject }) => subject);
    /** Somebody buys, comes back and has a license. */
    async function buy(email) {
      const id = await open();
      paypal.approve(id, email);
      const { key, page } = await back(`token=${id}`);
      assert.ok(key, page.text);
      return { id, key };
    }

    test('whoever comes back has paid, and has the license by mail too', async () => {
      const { id, key } = await buy('back@example.com');
      assert.equal(paypal.orders.get(id).status, 'COMPLETED');
      await shop.validates(key, 'valid');
      assert.match((await shop.mailWith(key)).to, /back@example\.com/);
      for (const event of [paypal.event('CHECKOUT.ORDER.APPROVED', paypal.orders.get(id)), paypal.event('PAYMENT.CAPTURE.COMPLETED', paypal.capture_of(id))]) {
        await taken(event);
        await taken(event);
      }
      assert.equal((await back(`token=${id}`)).key, key, 'the same license as often as one looks');
      await settle();
      assert.equal((await mailsTo('back@example.com')).length, 1);
    });

    test('whoever does not come back is captured when PayPal reports the approval', async () => {
      const id = await open();
      paypal.approve(id, 'away@example.com');
      await taken(paypal.event('CHECKOUT.ORDER.APPROVED', paypal.orders.get(id)));
      assert.equal(paypal.orders.get(id).status, 'COMPLETED');
      await until('the license mail', async () => (await mailsTo('away@example.com')).length === 1);
    });

    test('a capture that is reported first, without an address, finds its buyer', async () => {
      const id = await open();
      paypal.approve(id, 'first@example.com');
      const [unit] = paypal.orders.get(id).purchase_units;
      unit.payments = { captures: [{ id: paypal.newId(), status: 'COMPLETED', amount: unit.amount, custom_id: unit.custom_id, create_time: paypal.now(), update_time: paypal.now() }] };
      paypal.orders.get(id).status = 'COMPLETED';
      await taken(paypal.event('PAYMENT.CAPTURE.COMPLETED', paypal.capture_of(id)));
      await until('the license mail', async () => (await mailsTo('first@example.com')).length === 1);
    });

    test('approved is not paid', async () => {
      const id = await open();
      assert.equal((await back(`token=${id}`)).key, undefined, 'not even approved');
      paypal.approve(id, 'declined@example.com');
      paypal.declines = true;
      const { key, page } = await back(`token=${id}`);
      paypal.declines = false;
      assert.deepEqual([key, page.status], [undefined, 202], page.text);
      await settle();
      assert.deepEqual(await mailsTo('declined@example.com'), []);
      assert.equal((await back('token=NOSUCHORDER000000')).page.status, 404);
    });

    test('a partial refund keeps the license, the whole ends it', async () => {
      const { id, key } = await buy('refund@example.com');
      const { value } = paypal.orders.get(id).purchase_units[0].amount;
      await taken(paypal.event('PAYMENT.CAPTURE.REFUNDED', paypal.refund_of(id, '1.00')));
      await shop.validates(key, 'valid');
      await taken(paypal.event('PAYMENT.CAPTURE.REFUNDED', paypal.refund_of(id, (Number(value) - 1).toFixed(2), value)));
      const { license } = await shop.validates(key, 'refunded');
      assert.equal(license.reason, 'refunded');
    });

    test('a dispute suspends, one that was won restores, one that was lost revokes', async () => {
      const { id, key } = await buy('dispute@example.com');
      const dispute = paypal.dispute_of(id);
      await taken(paypal.event('CUSTOMER.DISPUTE.CREATED', dispute));
      await shop.validates(key, 'suspended');
      const later = { update_time: new Date((shop.host.clock.now_s() + 60) * 1000).toISOString(), status: 'RESOLVED' };
      await taken(paypal.event('CUSTOMER.DISPUTE.RESOLVED', { ...dispute, ...later, dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' } }));
      await shop.validates(key, 'valid');
      const again = paypal.dispute_of(id);
      await taken(paypal.event('CUSTOMER.DISPUTE.RESOLVED', { ...again, ...later, dispute_outcome: { outcome_code: 'RESOLVED_BUYER_FAVOUR' } }));
      assert.equal((await shop.validates(key, 'revoked')).license.reason, 'dispute_lost');
    });

    test('money that the bank took back ends the license', async () => {
      const { id, key } = await buy('reversed@example.com');
      const { value } = paypal.orders.get(id).purchase_units[0].amount;
      await taken(paypal.event('PAYMENT.CAPTURE.REVERSED', paypal.refund_of(id, value)));
      await shop.validates(key, 'revoked');
    });

    test('a subscription is paid by its sales, and ends with what was paid', async () => {
      const answer = await shop.checkout('yearly', 'paypal');
      assert.equal(answer.status, 303, answer.text);
      const id = new URL(answer.headers.location).searchParams.get('token');
      const subscription = Object.assign(paypal.subscriptions.get(id), {
        status: 'ACTIVE', start_time: paypal.now(), update_time: paypal.now(), status_update_time: paypal.now(), quantity: '1',
        subscriber: { email_address: 'yearly@example.com', payer_id: 'QYR5Z8XDVJNXQ', name: { given_name: 'Ada', surname: 'Buyer' } },
        billing_info: { failed_payments_count: 0, next_billing_time: '2027-05-04T10:00:00Z' },
      });
      const sale = {
        id: paypal.newId(), state: 'completed', billing_agreement_id: id, custom: subscription.custom_id, amount: { total: '99.00', currency: 'USD' },
        create_time: paypal.now(), update_time: paypal.now(),
      };
      // The money may be reported before what it is for.
      await taken(paypal.event('PAYMENT.SALE.COMPLETED', sale));
      await taken(paypal.event('BILLING.SUBSCRIPTION.ACTIVATED', subscription));
      const { key, page } = await back(`subscription_id=${id}`);
      assert.ok(key, page.text);
      const { license } = await shop.validates(key, 'valid');
      assert.deepEqual([license.plan, license.renews, license.seats], ['yearly', true, 5]);
      assert.match(license.expires_at, /^2027-05-04T/);
      const ended = { ...subscription, status: 'CANCELLED', status_update_time: new Date((shop.host.clock.now_s() + 60) * 1000).toISOString() };
      paypal.subscriptions.set(id, ended);
      await taken(paypal.event('BILLING.SUBSCRIPTION.CANCELLED', ended));
      await until('the end of the renewal', async () => (await shop.validate(key)).license.renews === false);
      assert.equal((await shop.validate(key)).code, 'valid', 'what was paid for stays');
    });

    test('what PayPal did not sign changes nothing', async () => {
      const id = await open();
      paypal.approve(id, 'forged@example.com');
      const event = paypal.event('CHECKOUT.ORDER.APPROVED', paypal.orders.get(id));
      for (const [what, options] of Object.entries({
        'a changed byte': { tamper: (text) => text.replace('forged@example.com', 'thief1@example.com') },
        'for another webhook': { webhook: '0XX00000000000000' },
        'a certificate of somebody else': { headers: { 'paypal-cert-url': 'https://api.sandbox.paypal.com.example.net/v1/notifications/certs/CERT-1' } },
        'a path that leads away': { headers: { 'paypal-cert-url': 'https://api.sandbox.paypal.com/v1/notifications/certs/../../x' } },
        'another algorithm': { headers: { 'paypal-auth-algo': 'SHA1withRSA' } },
        'no signature': { headers: { 'paypal-transmission-sig': '' } },
      })) {
        const answer = await paypal.deliver(event, options);
        assert.equal(answer.status, 400, `${what}: ${answer.text}`);
      }
      assert.equal(paypal.orders.get(id).status, 'APPROVED', 'nothing was captured');
      await taken(event);
      assert.equal(paypal.orders.get(id).status, 'COMPLETED');
    });

    test('an event about something else in the account is taken and changes nothing', async () => {
      const capture = { id: paypal.newId(), status: 'COMPLETED', custom_id: 'theme/single', amount: { currency_code: 'USD', value: '10.00' }, create_time: paypal.now(), update_time: paypal.now(), supplementary_data: { related_ids: { order_id: paypal.newId() } } };
      await taken(paypal.event('PAYMENT.CAPTURE.COMPLETED', capture));
      await taken(paypal.event('INVOICING.INVOICE.PAID', { invoice: {} }));
    });

    if (verification === 'offline') {
      test('the certificate was fetched once', () => {
        assert.equal(paypal.calls.filter((call) => call.includes('/certs/')).length, 1);
      });
    }
  });
}
