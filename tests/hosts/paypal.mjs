// PayPal as the edge meets it: its API for tokens, orders and subscriptions in the shapes of its documentation, and its
// webhooks, signed as it signs them. The certificate authority in `paypal/` is of our own and vouches for nothing outside
// the tests; its root is given to the edge as PAYPAL_CERT_ROOT.

import { createHash, createSign, createVerify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { crc32 } from 'node:zlib';
import { send } from './http.mjs';
import { SECRETS } from './project.mjs';

const file = (name) => readFile(new URL(`paypal/${name}`, import.meta.url), 'utf8');
const CERTIFICATE = '/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77';
const { PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, PAYPAL_WEBHOOK_ID } = SECRETS;

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

export async function startPaypal() {
  const paypal = new TestPaypal();
  [paypal.root, paypal.certificate, paypal.key] = await Promise.all(['root.pem', 'signer.pem', 'signer.key'].map(file));
  paypal.server = createServer((request, answer) => paypal.serve(request, answer));
  await new Promise((done) => paypal.server.listen(0, '127.0.0.1', done));
  paypal.url = `http://127.0.0.1:${paypal.server.address().port}`;
  return paypal;
}

class TestPaypal {
  orders = new Map();

  subscriptions = new Map();

  /** Calls as `POST /path`. */
  calls = [];

  /** Whether a capture is refused, as for a card without money. */
  declines = false;

  #ids = 0;

  /** What the edge is started with to reach this server. */
  get env() {
    return { PAYPAL_API_BASE: this.url, PAYPAL_CERT_BASE: this.url, PAYPAL_CERT_ROOT: this.root };
  }

  attach(host) { this.host = host; }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  newId() {
    this.#ids += 1;
    return createHash('sha256').update(`paypal${this.#ids}`).digest('hex').slice(0, 17).toUpperCase();
  }

  now() { return new Date(this.host.clock.now_s() * 1000).toISOString(); }

  async serve(request, answer) {
    const text = await body(request);
    const { status, json, pem } = this.#route(request, text);
    answer.writeHead(status, { 'content-type': pem ? 'application/x-pem-file' : 'application/json' });
    answer.end(pem ?? JSON.stringify(json));
  }

  #route({ method, url, headers }, text) {
    this.calls.push(`${method} ${url}`);
    if (method === 'GET' && url === CERTIFICATE) return { status: 200, pem: this.certificate };
    if (method === 'POST' && url === '/v1/oauth2/token') {
      const wanted = `Basic ${Buffer.from(`${PAYPAL_CLIENT_ID}:${PAYPAL_CLIENT_SECRET}`).toString('base64')}`;
      const is_good = headers.authorization === wanted && text === 'grant_type=client_credentials';
      return is_good ? { status: 200, json: { access_token: 'access-of-the-tests', token_type: 'Bearer', expires_in: 32_400 } } : refusal(401, 'AUTHENTICATION_FAILURE');
    }
    if (headers.authorization !== 'Bearer access-of-the-tests') return refusal(401, 'AUTHENTICATION_FAILURE');
    if (method === 'POST' && url === '/v2/checkout/orders') return this.#open(this.orders, JSON.parse(text), { status: 'CREATED' });
    if (method === 'POST' && url === '/v1/billing/subscriptions') return this.#open(this.subscriptions, JSON.parse(text), { status: 'APPROVAL_PENDING' });
    if (method === 'POST' && url === '/v1/notifications/verify-webhook-signature') return { status: 200, json: { verification_status: this.#knows(text) ? 'SUCCESS' : 'FAILURE' } };
    const [, kind, id, action] = /^\/(v2\/checkout\/orders|v1\/billing\/subscriptions)\/([^/]+)(\/capture)?$/.exec(url) ?? [];
    const found = (kind === 'v2/checkout/orders' ? this.orders : this.subscriptions).get(id);
    if (!found) return refusal(404, 'RESOURCE_NOT_FOUND');
    if (method === 'GET' && !action) return { status: 200, json: found };
    return method === 'POST' && action ? this.#capture(found) : refusal(405, 'METHOD_NOT_SUPPORTED');
  }

  #open(kept, given, more) {
    const id = kept === this.subscriptions ? `I-${this.newId().slice(0, 12)}` : this.newId();
    const opened = { id, ...given, ...more, create_time: this.now(), links: [{ rel: 'approve', href: `${this.url}/checkoutnow?token=${id}`, method: 'GET' }] };
    kept.set(id, opened);
    return { status: 201, json: opened };
  }

  #capture(order) {
    if (order.status === 'COMPLETED') return refusal(422, 'ORDER_ALREADY_CAPTURED');
    if (order.status !== 'APPROVED') return refusal(422, 'ORDER_NOT_APPROVED');
    if (this.declines) return refusal(422, 'INSTRUMENT_DECLINED');
    const [unit] = order.purchase_units;
    unit.payments = { captures: [{ id: this.newId(), status: 'COMPLETED', amount: unit.amount, custom_id: unit.custom_id, create_time: this.now(), update_time: this.now() }] };
    order.status = 'COMPLETED';
    return { status: 201, json: order };
  }

  /** Whether a report was signed here, as the question about it says. */
  #knows(text) {
    const question = JSON.parse(text);
    const event = text.slice(text.indexOf('"webhook_event":') + '"webhook_event":'.length, -1);
    const signed = `${question.transmission_id}|${question.transmission_time}|${question.webhook_id}|${crc32(event)}`;
    return createVerify('sha256').update(signed).verify(this.certificate, question.transmission_sig, 'base64');
  }

  /** The buyer says yes on PayPal's page. */
  approve(id, email = 'ada@example.com') {
    const payer = { email_address: email, payer_id: 'QYR5Z8XDVJNXQ', name: { given_name: 'Ada', surname: 'Buyer' }, address: { country_code: 'US' } };
    const order = this.orders.get(id);
    return Object.assign(order, { status: 'APPROVED', payer });
  }

  /** An event about something, as it would be reported now. */
  event(event_type, resource) {
    return { id: `WH-${this.newId()}`, event_version: '1.0', create_time: this.now(), resource_version: '2.0', event_type, summary: 'Something happened.', resource: structuredClone(resource), links: [] };
  }

  capture_of(id) {
    const [capture] = this.orders.get(id).purchase_units[0].payments.captures;
    return { ...capture, supplementary_data: { related_ids: { order_id: id } }, final_capture: true, seller_protection: { status: 'ELIGIBLE' } };
  }

  refund_of(id, value, total = value) {
    const capture = this.capture_of(id);
    const amount = (value) => ({ currency_code: capture.amount.currency_code, value });
    return {
      id: this.newId(), status: 'COMPLETED', custom_id: capture.custom_id, amount: amount(value), create_time: this.now(), update_time: this.now(),
      seller_payable_breakdown: { gross_amount: amount(value), total_refunded_amount: amount(total) },
      links: [{ rel: 'up', href: `https://api.sandbox.paypal.com/v2/payments/captures/${capture.id}`, method: 'GET' }],
    };
  }

  dispute_of(id, more = {}) {
    return {
      dispute_id: `PP-D-${this.newId()}`, reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED', status: 'OPEN', dispute_life_cycle_stage: 'CHARGEBACK',
      disputed_transactions: [{ seller_transaction_id: this.capture_of(id).id }], create_time: this.now(), update_time: this.now(), ...more,
    };
  }

  /** Delivers an event, signed. */
  async deliver(event, { tamper = (text) => text, headers = {}, webhook = PAYPAL_WEBHOOK_ID } = {}) {
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    const [id, time] = [`T-${this.newId()}`, this.now()];
    const signature = createSign('sha256').update(`${id}|${time}|${webhook}|${crc32(text)}`).sign(this.key, 'base64');
    return send(`${this.host.url}/webhooks/paypal`, {
      method: 'POST', body: tamper(text),
      headers: {
        'content-type': 'application/json', 'paypal-transmission-id': id, 'paypal-transmission-time': time, 'paypal-transmission-sig': signature,
        'paypal-cert-url': `https://api.sandbox.paypal.com${CERTIFICATE}`, 'paypal-auth-algo': 'SHA256withRSA', ...headers,
      },
    });
  }
}

const refusal = (status, issue) => ({ status, json: { name: issue, message: 'Refused.', details: [{ issue }] } });
