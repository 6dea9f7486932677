// Events in the shape Stripe sends them (API version of the library), made from the sessions of the test server.

import { STRIPE_VERSION } from './stripe.mjs';

export class StripeEvents {
  constructor(stripe) {
    this.stripe = stripe;
  }

  /** A payment went through. */
  completed(id, changes = {}) {
    return this.#event('checkout.session.completed', { ...structuredClone(this.stripe.sessions.get(id).object), ...changes });
  }

  /** Money went back; by default all of it. */
  refunded(id, amount) {
    const charge = this.#charge(id);
    const amount_refunded = amount ?? charge.amount;
    return this.#event('charge.refunded', { ...charge, amount_refunded, refunded: amount_refunded === charge.amount });
  }

  /** The buyer's bank took the money back for now. */
  disputeCreated(id) {
    return this.#event('charge.dispute.created', this.#dispute(id, 'needs_response'));
  }

  /** The bank decided: `won` (the money is ours again), `lost` or `warning_closed`. */
  disputeClosed(id, status) {
    return this.#event('charge.dispute.closed', this.#dispute(id, status));
  }

  /** A type nobody here has heard of. */
  unknown() {
    return this.#event('tax.settings.updated', { object: 'tax.settings', livemode: false, status: 'active' });
  }

  #event(type, object) {
    const { stripe } = this;
    return {
      id: stripe.newId('evt_'), object: 'event', api_version: STRIPE_VERSION, created: stripe.host.clock.now_s(),
      data: { object }, livemode: false, pending_webhooks: 1, request: { id: null, idempotency_key: null }, type,
    };
  }

  #charge(id) {
    const { object, charge, payment_intent, payment_metadata } = this.stripe.sessions.get(id);
    return {
      id: charge, object: 'charge', amount: object.amount_total, amount_captured: object.amount_total, amount_refunded: 0,
      billing_details: { address: null, email: object.customer_details?.email ?? null, name: null, phone: null },
      captured: true, created: object.created, currency: object.currency, customer: null, description: null, disputed: false,
      livemode: false, metadata: payment_metadata, paid: true, payment_intent, payment_method: null, receipt_email: null,
      refunded: false, status: 'succeeded',
    };
  }

  #dispute(id, status) {
    const charge = this.#charge(id);
    const { stripe } = this;
    const session = stripe.sessions.get(id);
    session.dispute ??= { id: stripe.newId('dp_'), created: stripe.host.clock.now_s() };
    return {
      id: session.dispute.id, object: 'dispute', amount: charge.amount, balance_transactions: [], charge: charge.id,
      created: session.dispute.created, currency: charge.currency,
      evidence_details: { due_by: session.dispute.created + 604_800, has_evidence: false, past_due: false, submission_count: 0 },
      is_charge_refundable: false, livemode: false, metadata: {}, payment_intent: charge.payment_intent, reason: 'fraudulent', status,
    };
  }
}
