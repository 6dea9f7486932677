// A test server for Stripe: checkout sessions, the hosted payment page, and webhooks signed with Stripe's own library.
// It answers as the documented API does, and is strict where the real one is: key, pinned version, idempotency.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import Stripe from 'stripe';
import { send } from './http.mjs';
import { SITE_DIR, STRIPE_KEY, WEBHOOK_SECRET } from './project.mjs';
import { StripeEvents, invoiceOf } from './stripe_events.mjs';

/** The version the library was written for; the edge pins the same one. */
export const STRIPE_VERSION = Stripe.API_VERSION ?? new Stripe(STRIPE_KEY).getApiField('version');

/** Starts an account that sells what a site sells. */
export async function startStripe(site = SITE_DIR) {
  const { products } = JSON.parse(await readFile(join(site, 'site.json'), 'utf8'));
  const stripe = new TestStripe(products.flatMap(({ plans }) => plans));
  await new Promise((done) => stripe.server.listen(0, '127.0.0.1', done));
  stripe.url = `http://127.0.0.1:${stripe.server.address().port}`;
  return stripe;
}

class TestStripe {
  sessions = new Map();
  requests = [];
  /** `before`: 500 and nothing happens. `after`: it happens, the answer is lost. `hang`: no answer. */
  fault = null;
  #answers = new Map();
  #ids = 0;

  constructor(plans) {
    this.prices = new Map(plans.map((plan) => [plan.stripe_price, plan]));
    this.events = new StripeEvents(this);
    this.server = createServer((request, answer) => this.#serve(request, answer).catch((error) => answer.writeHead(500).end(String(error))));
  }

  /** Tells the account where its webhooks go and what time it is there. */
  attach(host) {
    this.host = host;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Ids count up but look like real ones: the same requests give the same ids on every host. */
  newId(prefix) {
    this.#ids += 1;
    return prefix + createHash('sha256').update(`${prefix}${this.#ids}`).digest('hex').slice(0, 24);
  }

  /**
   * Signs an event as Stripe does and posts it; the answer of the edge. A text is taken for the body as it is. While a
   * secret is rolled there are several, and a signature by each.
   */
  async deliver(event, { secret = WEBHOOK_SECRET, timestamp = this.host.clock.now_s(), tamper = (text) => text, ...options } = {}) {
    const payload = typeof event === 'string' ? event : JSON.stringify(event, null, 2);
    const signatures = [secret].flat().map((secret) => Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }));
    const signature = [signatures[0], ...signatures.slice(1).map((header) => header.split(',')[1])].join(',');
    return send(`${this.host.url}/webhooks/stripe`, {
      method: 'POST', body: tamper(payload), ...options,
      headers: { 'stripe-signature': signature, 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)' },
    });
  }

  /** Marks a session as paid by somebody; delivering the event is the caller's choice. */
  pay(id, buyer) {
    const object = this.complete(id, buyer);
    object.payment_status = 'paid';
    return object;
  }

  /** Marks a session as completed by somebody whose money is still to come, as with a bank debit. */
  complete(id, { email, name = 'Ada Buyer' }) {
    const session = this.sessions.get(id);
    const { object } = session;
    object.status = 'complete';
    object.url = null;
    if (object.mode === 'subscription') Object.assign(object, { subscription: session.subscription, invoice: invoiceOf(this, session, 0).id });
    else object.payment_intent = session.payment_intent;
    if (object.mode === 'subscription' || object.customer_creation === 'always') object.customer = session.customer;
    object.customer_details = { address: null, business_name: null, email, individual_name: null, name, phone: null, tax_exempt: 'none', tax_ids: [] };
    return object;
  }

  async #serve(request, answer) {
    let text = '';
    for await (const chunk of request) text += chunk;
    const path = request.url.split('?')[0];
    if (path.startsWith('/pay/')) return this.#payPage(request.method, path.slice(5), text, answer);

    this.requests.push({ method: request.method, path, headers: request.headers, form: parseForm(text) });
    if (this.fault === 'hang') return undefined;
    if (this.fault === 'before') return reply(answer, 500, failure('api_error', 'An unknown error occurred'));
    const { status, body, replayed } = this.#api(request, path, text);
    if (this.fault === 'after') return reply(answer, 500, failure('api_error', 'An unknown error occurred'));
    return reply(answer, status, body, replayed ? { 'idempotent-replayed': 'true' } : {});
  }

  #api(request, path, text) {
    const { authorization = '', 'stripe-version': version, 'idempotency-key': key } = request.headers;
    const given = authorization.startsWith('Basic ') ? Buffer.from(authorization.slice(6), 'base64').toString().split(':')[0] : authorization.replace(/^Bearer /, '');
    if (given !== STRIPE_KEY) return { status: 401, body: failure('invalid_request_error', 'Invalid API Key provided') };
    if (version !== STRIPE_VERSION) return { status: 400, body: failure('invalid_request_error', `Invalid Stripe API version: ${version}`) };
    const id = /^\/v1\/checkout\/sessions\/([^/]+)$/.exec(path)?.[1];
    if (request.method === 'GET' && id) return this.#readSession(id, request.url);
    if (request.method === 'POST' && path === '/v1/billing_portal/sessions') return this.#createPortal(parseForm(text));
    if (request.method !== 'POST' || path !== '/v1/checkout/sessions') return { status: 404, body: failure('invalid_request_error', `Unrecognized request URL (${request.method}: ${path})`) };

    const known = key && this.#answers.get(key);
    if (known && known.text !== text) return { status: 400, body: failure('idempotency_error', 'Keys for idempotent requests can only be used with the same parameters they were first used with.') };
    if (known) return { ...known, replayed: true };
    const created = this.#createSession(parseForm(text));
    if (key && created.status < 400) this.#answers.set(key, { text, ...created });
    return created;
  }

  #createSession(form) {
    const bad = (message, param) => ({ status: 400, body: failure('invalid_request_error', message, param) });
    if (!['payment', 'subscription'].includes(form.mode)) return bad('Invalid mode', 'mode');
    if (!form.success_url) return bad('Missing required param: success_url.', 'success_url');
    const renews = form.mode === 'subscription';
    const foreign = renews ? ['payment_intent_data', 'customer_creation'] : ['subscription_data'];
    for (const param of foreign.filter((param) => form[param])) return bad(`You can not pass \`${param}\` in \`${form.mode}\` mode.`, param);
    const items = Object.values(form.line_items ?? {});
    if (items.length === 0) return bad('Missing required param: line_items.', 'line_items');
    let amount = 0;
    let currency;
    for (const item of items) {
      const price = this.prices.get(item.price);
      if (!price) return bad(`No such price: '${item.price}'`, 'line_items[0][price]');
      if (price.renews !== renews) return bad(`The price ${item.price} does not fit the mode ${form.mode}.`, 'line_items[0][price]');
      amount += price.price * Number(item.quantity ?? 1);
      currency = price.currency;
    }
    const now = this.host.clock.now_s();
    const object = {
      id: this.newId('cs_test_'), object: 'checkout.session', after_expiration: null, allow_promotion_codes: null,
      amount_subtotal: amount, amount_total: amount, automatic_tax: { enabled: false, liability: null, status: null },
      billing_address_collection: null, cancel_url: form.cancel_url ?? null, client_reference_id: form.client_reference_id ?? null,
      created: now, currency, customer: null, customer_creation: renews ? null : form.customer_creation ?? 'if_required', customer_details: null,
      customer_email: form.customer_email ?? null, expires_at: now + 86_400, invoice: null, livemode: false, locale: null,
      metadata: form.metadata ?? {}, mode: form.mode, payment_intent: null, payment_link: null,
      payment_method_types: ['card'], payment_status: 'unpaid', shipping_cost: null, status: 'open', submit_type: null,
      subscription: null, success_url: form.success_url, total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
      ui_mode: 'hosted',
    };
    object.url = `${this.url}/pay/${object.id}`;
    this.sessions.set(object.id, {
      object, items, payment_intent: this.newId('pi_'), charge: this.newId('ch_'),
      customer: this.newId('cus_'), subscription: renews ? this.newId('sub_') : null, invoices: new Map(),
      payment_metadata: form.payment_intent_data?.metadata ?? {}, subscription_metadata: form.subscription_data?.metadata ?? {},
    });
    return { status: 200, body: structuredClone(object) };
  }

  /** A buyer's own page: it opens for customers only, and leads back to where it was opened. */
  #createPortal({ customer, return_url }) {
    const bad = (message, param) => ({ status: 400, body: failure('invalid_request_error', message, param) });
    const isKnown = [...this.sessions.values()].some(({ object }) => object.customer && object.customer === customer);
    if (!isKnown) return bad(`No such customer: '${customer}'`, 'customer');
    if (!/^https?:\/\//.test(return_url ?? '')) return bad('Not a valid URL', 'return_url');
    const id = this.newId('bps_');
    const body = {
      id, object: 'billing_portal.session', configuration: 'bpc_1', created: this.host.clock.now_s(), customer, flow: null, livemode: false,
      locale: null, on_behalf_of: null, return_url, url: `${this.url}/portal/${id}`,
    };
    return { status: 200, body };
  }

  #readSession(id, url) {
    const session = this.sessions.get(decodeURIComponent(id));
    if (!session) return { status: 404, body: { error: { ...failure('invalid_request_error', `No such checkout.session: ${id}`).error, code: 'resource_missing' } } };
    const body = structuredClone(session.object);
    if (decodeURIComponent(url).includes('line_items')) {
      const data = session.items.map((item) => ({ id: 'li_test', object: 'item', price: { id: item.price, object: 'price' }, quantity: Number(item.quantity ?? 1) }));
      body.line_items = { object: 'list', data, has_more: false, url: `/v1/checkout/sessions/${id}/line_items` };
    }
    return { status: 200, body };
  }

  /** The hosted page: asks for the e-mail, tells the webhook first and sends the buyer back afterwards, as Stripe does. */
  async #payPage(method, id, text, answer) {
    const session = this.sessions.get(id);
    if (!session) return answer.writeHead(404).end('no such session');
    if (method === 'GET') {
      return answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(
        `<!doctype html><title>Pay</title><form method="post" action="/pay/${id}"><input name="email" type="email"><input name="name"><button>Pay</button></form>`);
    }
    const form = parseForm(text);
    this.pay(id, { email: form.email, name: form.name || undefined });
    await this.deliver(this.events.completed(id)).catch(() => {});
    return answer.writeHead(303, { location: session.object.success_url.replace('{CHECKOUT_SESSION_ID}', id) }).end();
  }
}

/** Stripe's form encoding: `a[b][0][c]=v` becomes nested objects. */
export function parseForm(text) {
  const root = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const keys = [name.split('[')[0], ...[...name.matchAll(/\[([^\]]*)\]/g)].map(([, key]) => key)];
    let place = root;
    for (const key of keys.slice(0, -1)) place = place[key] ??= {};
    place[keys.at(-1)] = value;
  }
  return root;
}

function failure(type, message, param) {
  return { error: { type, message, ...(param && { param }) } };
}

function reply(answer, status, body, headers = {}) {
  answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body, null, 2));
}
