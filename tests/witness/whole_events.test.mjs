// Processors report far more than anybody needs. Events of every kind, stuffed at every depth with what real ones carry (an
// address, a telephone, digits of a card, an IP address, notes), are poured in; then everything that was kept, mailed or
// logged is searched for it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startPaypal } from '../hosts/paypal.mjs';
import { SECRETS, RENEWING_PLANS, SITE_BINARY, copyOfProject, newFolder } from '../hosts/project.mjs';
import { Shop, settle } from '../journey/shop.mjs';
import { forms } from './occurrences.mjs';

const CANARIES = {
  street: '77 Canary Wharf Street', city: 'Canarytown-upon-Sea', phone: '+15550177077', last4: 'last4-7077', fingerprint: 'Xt5EWLLDS7FJcana', ip: '203.0.113.77',
  receipt: 'receipts.canary@witness.example', note: 'A note of a canary to its seller', tax: 'DE-canary-123456789', url: 'https://canary-receipt.example/r/77',
};
const ADDRESS = { line1: CANARIES.street, line2: CANARIES.street, city: CANARIES.city, country: 'DE', postal_code: CANARIES.city, state: CANARIES.city };
const CARD = { brand: 'visa', last4: CANARIES.last4, fingerprint: CANARIES.fingerprint, exp_month: 4, exp_year: 2031 };
/** What real objects of both processors carry beside what is read. */
const STUFFING = {
  billing_details: { address: ADDRESS, phone: CANARIES.phone, email: CANARIES.receipt, name: CANARIES.note, tax_id: CANARIES.tax },
  shipping_details: { address: ADDRESS, name: CANARIES.note, phone: CANARIES.phone },
  shipping_address: { address_line_1: CANARIES.street, admin_area_2: CANARIES.city, name: { full_name: CANARIES.note } },
  address: ADDRESS, phone: CANARIES.phone, phone_number: { national_number: CANARIES.phone }, payment_method_details: { type: 'card', card: CARD },
  payment_source: { card: CARD, paypal: { phone_number: CANARIES.phone, address: ADDRESS } }, client_ip: CANARIES.ip, ip_address: CANARIES.ip,
  receipt_email: CANARIES.receipt, receipt_url: CANARIES.url, hosted_invoice_url: CANARIES.url, note_to_payer: CANARIES.note, buyer_note: CANARIES.note,
  customer_tax_ids: [{ type: 'eu_vat', value: CANARIES.tax }], evidence: { customer_purchase_ip: CANARIES.ip, billing_address: CANARIES.street },
  messages: [{ posted_by: 'BUYER', content: CANARIES.note }], statement_descriptor: CANARIES.note, summary: CANARIES.note,
};

/** A value with all of that in every object, where it has nothing under that name. */
function stuffed(value) {
  if (Array.isArray(value)) return value.map(stuffed);
  if (value === null || typeof value !== 'object') return value;
  const inner = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, stuffed(part)]));
  return { ...STUFFING, ...inner };
}
/** Maps whose names are ours stay as they are: nothing but what we wrote comes back in them. */
function whole(event) {
  const full = stuffed(event);
  const restore = (from, to) => {
    for (const [name, part] of Object.entries(from ?? {})) {
      if (name === 'metadata') to[name] = part;
      else if (part && typeof part === 'object') restore(part, to[name]);
    }
  };
  restore(event, full);
  return full;
}

let shop;
let paypal;
before(async () => {
  paypal = await startPaypal();
  const root = await copyOfProject({ plans: RENEWING_PLANS });
  shop = await Shop.open({ root, env: paypal.env });
  paypal.attach(shop.host);
});
after(async () => {
  await shop.close();
  await paypal.stop();
});

const seen = [];

test('events of every kind are taken with all that they carry', async () => {
  const buyer = (who) => ({ email: `${who}@example.com`, name: 'Ada Buyer' });
  const stripe = async (plan, who, tell) => {
    assert.equal((await shop.checkout(plan)).status, 303);
    const id = [...shop.stripe.sessions.keys()].at(-1);
    shop.stripe.pay(id, buyer(who));
    for (const shape of [shop.stripe.events, shop.stripe.events.older]) {
      for (const event of tell(shape, id).flat()) {
        seen.push(event.type);
        await shop.deliver(whole(event));
      }
    }
  };
  await stripe('business', 'once', (events, id) => [
    events.completed(id), events.refunded(id, 100), events.refund(id, 'failed'), events.disputeCreated(id), events.disputeUpdated(id, 'under_review'), events.disputeClosed(id, 'won'),
  ]);
  await stripe('business', 'later', (events, id) => [events.laterPaid(id), events.laterFailed(id), events.expired(id)]);
  await stripe('yearly', 'yearly', (events, id) => [
    events.completed(id), events.subscription(id, { type: 'customer.subscription.created' }), events.invoicePaid(id, 0), events.invoicePayment(id, 0),
    events.invoiceFailed(id, 1, 1), events.subscription(id, { status: 'past_due' }), events.deleted(id),
  ]);

  const answer = await shop.checkout('business', 'paypal');
  const id = new URL(answer.headers.location).searchParams.get('token');
  paypal.approve(id, 'paypal@example.com');
  const tell = async (type, resource) => {
    seen.push(type);
    const { status, text } = await paypal.deliver(whole(paypal.event(type, resource)));
    assert.equal(status, 200, text);
  };
  await tell('CHECKOUT.ORDER.APPROVED', paypal.orders.get(id));
  await tell('PAYMENT.CAPTURE.COMPLETED', paypal.capture_of(id));
  await tell('PAYMENT.CAPTURE.REFUNDED', paypal.refund_of(id, '1.00'));
  await tell('CUSTOMER.DISPUTE.CREATED', paypal.dispute_of(id));
  await tell('PAYMENT.CAPTURE.REVERSED', paypal.refund_of(id, '1.00'));
  const sale = { id: paypal.newId(), state: 'completed', billing_agreement_id: 'I-UNKNOWN00000', custom: 'client-portal-plus/yearly', amount: { total: '99.00', currency: 'USD' }, create_time: paypal.now(), update_time: paypal.now() };
  await tell('PAYMENT.SALE.COMPLETED', sale);
  await settle();
});

test('nothing of it is kept, mailed or logged', async () => {
  const mails = await shop.host.mails();
  assert.ok(mails.length >= 3, 'people got their licenses');
  await shop.host.stop();
  const out = await newFolder('export');
  await promisify(execFile)(SITE_BINARY, ['export', '--open', '--data-dir', shop.host.data, '--out', out], { env: { ...process.env, ...SECRETS } });
  const places = [['the log', shop.host.log()], ['the mails', JSON.stringify(mails)]];
  for (const name of await readdir(out)) places.push([name, await readFile(join(out, name), 'utf8')]);
  assert.ok(places.some(([, text]) => text.includes('once@example.com')), 'what is kept is searched');
  for (const [place, text] of places) {
    for (const [what, canary] of Object.entries(CANARIES)) {
      for (const [form, how] of forms(canary)) assert.ok(!text.includes(form), `${what} (${how}) is in ${place}`);
    }
  }
  assert.ok(new Set(seen).size >= 18, `events of ${new Set(seen).size} kinds`);
});
