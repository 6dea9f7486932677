// Events in the shape Stripe sends them, made from the sessions of the test server.
//
// There are two shapes: that of the library's API version, and (`older`) that of the versions before 2025-03-31, in which an
// invoice and a subscription said more of each other. An event keeps the shape of the version that made it.

import { STRIPE_VERSION } from './stripe.mjs';

const OLDER_VERSION = '2024-06-20';

/** The n-th invoice of a session's subscription, the first one being that of the purchase. Its ids are made when first asked for. */
export function invoiceOf(stripe, session, n) {
  if (!session.invoices.has(n)) {
    session.invoices.set(n, { id: stripe.newId('in_'), payment_intent: stripe.newId('pi_'), charge: stripe.newId('ch_'), line: stripe.newId('il_') });
  }
  return session.invoices.get(n);
}

/** The same day `years` years after a moment in seconds. */
export function yearsAfter(seconds, years) {
  const date = new Date(seconds * 1000);
  return date.setUTCFullYear(date.getUTCFullYear() + years) / 1000;
}

export class StripeEvents {
  #made_at;
  #is_older;

  constructor(stripe, { made_at, is_older = false } = {}) {
    this.stripe = stripe;
    this.#made_at = made_at;
    this.#is_older = is_older;
  }

  /** The same events, made at a moment in seconds instead of now. */
  at(made_at) {
    return new StripeEvents(this.stripe, { made_at, is_older: this.#is_older });
  }

  /** The same events in the shape before 2025-03-31. */
  get older() {
    return new StripeEvents(this.stripe, { made_at: this.#made_at, is_older: true });
  }

  // ---- checkout

  /** The buyer completed the checkout, paid or not. */
  completed(id, changes = {}) {
    return this.#session('checkout.session.completed', id, changes);
  }

  /** The money of a delayed method came. */
  laterPaid(id, changes = {}) {
    return this.#session('checkout.session.async_payment_succeeded', id, { payment_status: 'paid', ...changes });
  }

  /** The bank refused it. */
  laterFailed(id, changes = {}) {
    return this.#session('checkout.session.async_payment_failed', id, { payment_status: 'unpaid', ...changes });
  }

  /** The buyer never completed the checkout. */
  expired(id, changes = {}) {
    return this.#session('checkout.session.expired', id, { status: 'expired', payment_status: 'unpaid', url: null, ...changes });
  }

  // ---- payments

  /** Money went back; by default all of it. */
  refunded(id, amount, { invoice } = {}) {
    const charge = this.#charge(id, invoice);
    const amount_refunded = amount ?? charge.amount;
    return this.#event('charge.refunded', { ...charge, amount_refunded, refunded: amount_refunded === charge.amount });
  }

  /** What became of one refund: `pending`, `requires_action`, `succeeded`, `failed` or `canceled`. */
  refund(id, status, { type = status === 'failed' ? 'refund.failed' : 'refund.updated', invoice } = {}) {
    const { stripe } = this;
    const { amount, currency, ...charge } = this.#charge(id, invoice);
    const session = stripe.sessions.get(id);
    session.refund ??= stripe.newId('re_');
    return this.#event(type, {
      id: session.refund, object: 'refund', amount, balance_transaction: null, charge: charge.id, created: this.#now(), currency,
      destination_details: { card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' }, type: 'card' },
      ...(status === 'failed' && { failure_reason: 'expired_or_canceled_card' }), metadata: {}, payment_intent: charge.payment_intent,
      reason: 'requested_by_customer', receipt_number: null, source_transfer_reversal: null, status, transfer_reversal: null,
    });
  }

  /** The buyer's bank took the money back for now, or (`warning_needs_response`) asks a question. */
  disputeCreated(id, status = 'needs_response', { invoice } = {}) {
    return this.#event('charge.dispute.created', this.#dispute(id, status, invoice));
  }

  /** The dispute is at another stage. */
  disputeUpdated(id, status, { invoice } = {}) {
    return this.#event('charge.dispute.updated', this.#dispute(id, status, invoice));
  }

  /** The bank decided: `won` (the money is ours again), `lost`, `warning_closed` or `prevented`. */
  disputeClosed(id, status, { invoice } = {}) {
    return this.#event('charge.dispute.closed', this.#dispute(id, status, invoice));
  }

  // ---- subscriptions

  /** The n-th invoice of a subscription was paid. */
  invoicePaid(id, n, changes = {}) {
    const amount = this.stripe.sessions.get(id).object.amount_total;
    return this.#event('invoice.paid', { ...this.#invoice(id, n), status: 'paid', amount_paid: amount, amount_remaining: 0, ...changes });
  }

  /** The n-th invoice could not be collected, for the `attempt`-th time; of four. */
  invoiceFailed(id, n, attempt, changes = {}) {
    const next_payment_attempt = attempt < 4 ? this.#now() + 3 * 86_400 : null;
    return this.#event('invoice.payment_failed', { ...this.#invoice(id, n), attempt_count: attempt, next_payment_attempt, ...changes });
  }

  /** Which payment is behind an invoice; an event of its own since 2025-03-31. */
  invoicePayment(id, n) {
    const { stripe } = this;
    const session = stripe.sessions.get(id);
    const invoice = invoiceOf(stripe, session, n);
    const { amount_total, currency } = session.object;
    return this.#event('invoice_payment.paid', {
      id: invoice.payment ??= stripe.newId('inpay_'), object: 'invoice_payment', amount_paid: amount_total, amount_requested: amount_total,
      created: this.#now(), currency, invoice: invoice.id, is_default: true, livemode: false,
      payment: { payment_intent: invoice.payment_intent, type: 'payment_intent' }, status: 'paid',
      status_transitions: { canceled_at: null, paid_at: this.#now() },
    });
  }

  /** A subscription as it is from now on; `price` is what it is for, `previous` what was changed. */
  subscription(id, { type = 'customer.subscription.updated', price, year = 0, previous = {}, ...changes } = {}) {
    return this.#event(type, { ...this.#subscription(id, year, price), ...changes }, type.endsWith('.updated') ? previous : undefined);
  }

  /** It has ended. */
  deleted(id, { reason = 'cancellation_requested', ...changes } = {}) {
    const now = this.#now();
    const ended = { status: 'canceled', canceled_at: now, ended_at: now, cancellation_details: { comment: null, feedback: null, reason } };
    return this.subscription(id, { type: 'customer.subscription.deleted', ...ended, ...changes });
  }

  // ---- others

  /** A type nobody here has heard of. */
  unknown() {
    return this.#event('tax.settings.updated', { object: 'tax.settings', livemode: false, status: 'active' });
  }

  /** A notification without its object, as endpoints for thin events get it. */
  thin(id) {
    return {
      id: this.stripe.newId('evt_'), object: 'v2.core.event', created: new Date(this.#now() * 1000).toISOString(), livemode: false,
      related_object: { id, type: 'checkout.session', url: `/v1/checkout/sessions/${id}` }, type: 'v1.checkout.session.completed',
    };
  }

  #now() {
    return this.#made_at ?? this.stripe.host.clock.now_s();
  }

  #event(type, object, previous_attributes) {
    return {
      id: this.stripe.newId('evt_'), object: 'event', api_version: this.#is_older ? OLDER_VERSION : STRIPE_VERSION, created: this.#now(),
      data: { object, ...(previous_attributes && { previous_attributes }) }, livemode: false, pending_webhooks: 1,
      request: { id: null, idempotency_key: null }, type,
    };
  }

  #session(type, id, changes) {
    const object = { ...structuredClone(this.stripe.sessions.get(id).object), ...changes };
    if (this.#is_older && object.customer_details) {
      const { business_name, individual_name, ...details } = object.customer_details;
      object.customer_details = details;
    }
    return this.#event(type, object);
  }

  /** The charge of a purchase, or of an invoice of its subscription. */
  #charge(id, n) {
    const session = this.stripe.sessions.get(id);
    const { object } = session;
    const invoice = n === undefined ? null : invoiceOf(this.stripe, session, n);
    return {
      id: (invoice ?? session).charge, object: 'charge', amount: object.amount_total, amount_captured: object.amount_total, amount_refunded: 0,
      billing_details: { address: null, email: object.customer_details?.email ?? null, name: null, phone: null },
      captured: true, created: object.created, currency: object.currency, customer: object.customer, description: null, disputed: false,
      ...(this.#is_older && { invoice: invoice?.id ?? null }), livemode: false, metadata: invoice ? {} : session.payment_metadata, paid: true,
      payment_intent: (invoice ?? session).payment_intent, payment_method: null, receipt_email: null, refunded: false, status: 'succeeded',
    };
  }

  #dispute(id, status, n) {
    const charge = this.#charge(id, n);
    const { stripe } = this;
    const session = stripe.sessions.get(id);
    session.dispute ??= { id: stripe.newId('dp_'), created: this.#now() };
    return {
      id: session.dispute.id, object: 'dispute', amount: charge.amount, balance_transactions: [], charge: charge.id,
      created: session.dispute.created, currency: charge.currency,
      evidence_details: { due_by: session.dispute.created + 604_800, has_evidence: false, past_due: false, submission_count: 0 },
      is_charge_refundable: status.startsWith('warning'), livemode: false, metadata: {}, payment_intent: charge.payment_intent, reason: 'fraudulent', status,
    };
  }

  #invoice(id, n) {
    const session = this.stripe.sessions.get(id);
    const { object, subscription, subscription_metadata: metadata } = session;
    const invoice = invoiceOf(this.stripe, session, n);
    const period = { start: yearsAfter(object.created, n), end: yearsAfter(object.created, n + 1) };
    const price = session.items[0].price;
    const line = {
      id: invoice.line, object: 'line_item', amount: object.amount_total, currency: object.currency, description: '1 × Client Portal Plus',
      livemode: false, metadata, period, quantity: 1, subtotal: object.amount_subtotal,
    };
    const common = {
      id: invoice.id, object: 'invoice', amount_due: object.amount_total, amount_paid: 0, amount_remaining: object.amount_total, attempt_count: 1,
      attempted: true, auto_advance: false, billing_reason: n === 0 ? 'subscription_create' : 'subscription_cycle',
      collection_method: 'charge_automatically', created: period.start, currency: object.currency, customer: object.customer,
      customer_email: object.customer_details?.email ?? null, hosted_invoice_url: `https://invoice.stripe.com/i/acct_1/${invoice.id}`, livemode: false,
      metadata: {}, next_payment_attempt: null, period_end: period.start, period_start: period.start, status: 'open',
      status_transitions: { finalized_at: period.start, marked_uncollectible_at: null, paid_at: this.#now(), voided_at: null },
      subtotal: object.amount_subtotal, total: object.amount_total,
    };
    const lines = (more) => ({ object: 'list', data: [{ ...line, ...more }], has_more: false, total_count: 1, url: `/v1/invoices/${invoice.id}/lines` });
    if (this.#is_older) {
      return {
        ...common, charge: invoice.charge, discount: null, paid: false, payment_intent: invoice.payment_intent, quote: null, subscription,
        subscription_details: { metadata }, tax: null,
        lines: lines({ plan: { id: price, object: 'plan' }, price: { id: price, object: 'price', type: 'recurring' }, subscription, subscription_item: 'si_1', type: 'subscription' }),
      };
    }
    const parent = { invoice_item_details: null, subscription_item_details: { proration: false, subscription, subscription_item: 'si_1' }, type: 'subscription_item_details' };
    return {
      ...common, confirmation_secret: null, parent: { quote_details: null, subscription_details: { metadata, subscription }, type: 'subscription_details' },
      lines: lines({ parent, pricing: { price_details: { price, product: 'prod_1' }, type: 'price_details', unit_amount_decimal: String(object.amount_subtotal) } }),
    };
  }

  #subscription(id, year, price) {
    const session = this.stripe.sessions.get(id);
    const { object, subscription, subscription_metadata: metadata } = session;
    const item = this.stripe.prices.get(price ?? session.items[0].price);
    const period = { current_period_start: yearsAfter(object.created, year), current_period_end: yearsAfter(object.created, year + 1) };
    return {
      id: subscription, object: 'subscription', billing_cycle_anchor: object.created, cancel_at: null, cancel_at_period_end: false, canceled_at: null,
      cancellation_details: { comment: null, feedback: null, reason: null }, collection_method: 'charge_automatically', created: object.created,
      currency: object.currency, ...(this.#is_older && period), customer: object.customer, days_until_due: null, default_payment_method: null,
      ended_at: null,
      items: {
        object: 'list', has_more: false, total_count: 1, url: `/v1/subscription_items?subscription=${subscription}`,
        data: [{
          id: 'si_1', object: 'subscription_item', created: object.created, ...(!this.#is_older && period), metadata: {}, quantity: 1, subscription,
          price: { id: item.stripe_price, object: 'price', active: true, currency: item.currency, product: 'prod_1', recurring: { interval: 'year', interval_count: 1 }, type: 'recurring', unit_amount: item.price },
        }],
      },
      latest_invoice: invoiceOf(this.stripe, session, year).id, livemode: false, metadata, pause_collection: null, start_date: object.created,
      status: 'active', trial_end: null, trial_start: null,
    };
  }
}
