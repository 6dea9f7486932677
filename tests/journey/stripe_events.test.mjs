// Every event of Stripe that means something: what the license is worth once it was reported, why and since when. Each story
// is told in the shapes before and since 2025-03-31, in several orders, with repetitions; Stripe's own library signs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RENEWING_PLANS, WEBHOOK_SECRET, copyOfProject, runSite } from '../hosts/project.mjs';
import { yearsAfter } from '../hosts/stripe_events.mjs';
import { Shop, HOST, settle } from './shop.mjs';
import { BOUGHT, DAY, Stage, written } from './stories.mjs';

const ENDS = yearsAfter(BOUGHT, 1);
const ENDS_AGAIN = yearsAfter(BOUGHT, 2);
const GRACE = 14 * DAY;

const LICENSE_MAIL = 'Your license for Client Portal Plus';
const FAILED_MAIL = 'Your payment for Client Portal Plus did not arrive';
const UNPAID_MAIL = 'The renewal of Client Portal Plus could not be paid';

const paid = { status: 'active', reason: 'paid', since: written(BOUGHT), expires_at: written(ENDS), renews: false, plan: 'business', seats: 5 };
const sold = { ends: 'valid', license: paid, mails: [LICENSE_MAIL] };
const renewing = { ...paid, plan: 'yearly', renews: true, grace_until: written(ENDS + GRACE) };
const subscribed = { plan: 'yearly', ends: 'valid', license: renewing, mails: [LICENSE_MAIL] };

/** What a purchase that did not end well is worth. */
const lost = (status, reason, since) => ({ ends: status, license: { ...paid, status, reason, since: written(since) }, mails: [LICENSE_MAIL] });

/** What is reported when somebody buys a plan that renews. */
const begun = (at, id) => [
  at(BOUGHT).completed(id), at(BOUGHT).subscription(id, { type: 'customer.subscription.created' }), at(BOUGHT).invoicePaid(id, 0),
  at(BOUGHT).invoicePayment(id, 0),
];

/** Tells stories with `at(seconds)`, which makes events of that moment. */
const story = (tell) => (events, id) => tell((seconds) => events.at(seconds), id).flat();

const CHECKOUTS = {
  'a session that was paid is a license': { ...sold, tell: story((at, id) => [at(BOUGHT).completed(id)]) },
  'a session with nothing to pay is a license': {
    ...sold,
    tell: story((at, id) => [at(BOUGHT).completed(id, { payment_status: 'no_payment_required', payment_intent: null, amount_total: 0 })]),
  },
  'a session without an end of its term is a license without one': {
    ...sold, plan: 'agency', license: { ...paid, plan: 'agency', seats: 0, expires_at: null }, tell: story((at, id) => [at(BOUGHT).completed(id)]),
  },
  'a session whose money is still to come is pending': {
    paid: false, ends: 'pending', license: { status: 'pending', reason: 'awaiting_payment', since: written(BOUGHT), expires_at: null },
    tell: story((at, id) => [at(BOUGHT).completed(id)]),
  },
  'a session whose money came later is a license': {
    ...sold, paid: false, tell: story((at, id) => [at(BOUGHT).completed(id), at(BOUGHT + 3 * DAY).laterPaid(id)]),
  },
  'a session whose money was refused is revoked, and the buyer is told': {
    paid: false, ends: 'revoked', license: { status: 'revoked', reason: 'payment_failed', since: written(BOUGHT + 3 * DAY), expires_at: null },
    mails: [FAILED_MAIL], tell: story((at, id) => [at(BOUGHT).completed(id), at(BOUGHT + 3 * DAY).laterFailed(id)]),
  },
  'a session that was given up is nothing': {
    paid: false, ends: 'not_found', tell: story((at, id) => [at(BOUGHT + DAY).expired(id, { customer_details: null })]),
  },
  'a price below the catalogue is a license, and staff look at it': {
    ...sold, tell: story((at, id) => [at(BOUGHT).completed(id, { amount_subtotal: 100, amount_total: 100 })]),
  },
  'a discount is a license': { ...sold, tell: story((at, id) => [at(BOUGHT).completed(id, { amount_total: 4950, total_details: { amount_discount: 4950, amount_shipping: 0, amount_tax: 0 } })]) },
};

const REFUNDED = BOUGHT + 5 * DAY;

const PAYMENTS = {
  'a partial refund changes nothing': { ...sold, tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).refunded(id, 100)]) },
  'a refund of the whole ends the license': {
    ...lost('refunded', 'refunded', REFUNDED),
    tell: story((at, id) => [
      at(BOUGHT).completed(id), at(REFUNDED - DAY).refunded(id, 100), at(REFUNDED).refunded(id),
      at(REFUNDED).refund(id, 'pending', { type: 'refund.created' }), at(REFUNDED + 60).refund(id, 'succeeded'),
    ]),
  },
  'a refund that failed gives the license back': {
    ...sold,
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).refunded(id), at(REFUNDED + DAY).refund(id, 'failed')]),
  },
  'so does one that the older type of event says failed': {
    ...sold,
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).refunded(id), at(REFUNDED + DAY).refund(id, 'failed', { type: 'charge.refund.updated' })]),
  },
  'and one that was canceled': {
    ...sold,
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).refunded(id), at(REFUNDED + DAY).refund(id, 'canceled')]),
  },
  'a dispute suspends': {
    ...lost('suspended', 'dispute_open', REFUNDED),
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id)]),
  },
  'a dispute that was won gives the license back': {
    ...sold,
    tell: story((at, id) => [
      at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id), at(REFUNDED + DAY).disputeUpdated(id, 'under_review'), at(REFUNDED + 9 * DAY).disputeClosed(id, 'won'),
    ]),
  },
  'a dispute that was lost ends it': {
    ...lost('revoked', 'dispute_lost', REFUNDED + 9 * DAY),
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id), at(REFUNDED + 9 * DAY).disputeClosed(id, 'lost')]),
  },
  'an inquiry changes nothing, open or closed': {
    ...sold,
    tell: story((at, id) => [
      at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id, 'warning_needs_response'), at(REFUNDED + DAY).disputeUpdated(id, 'warning_under_review'),
      at(REFUNDED + 9 * DAY).disputeClosed(id, 'warning_closed'),
    ]),
  },
  'an inquiry that goes on to a dispute suspends': {
    ...lost('suspended', 'dispute_open', REFUNDED + DAY),
    tell: story((at, id) => [
      at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id, 'warning_needs_response'), at(REFUNDED + DAY).disputeUpdated(id, 'needs_response'),
    ]),
  },
  'a dispute that was prevented changes nothing': {
    ...sold,
    tell: story((at, id) => [at(BOUGHT).completed(id), at(REFUNDED).disputeCreated(id), at(REFUNDED + DAY).disputeClosed(id, 'prevented')]),
  },
};

const SUBSCRIPTIONS = {
  'a subscription is a license that renews': { ...subscribed, tell: story(begun) },
  'so it is before its invoice is reported': { ...subscribed, tell: story((at, id) => [at(BOUGHT).completed(id), at(BOUGHT).subscription(id, { type: 'customer.subscription.created' })]) },
  'one that is canceled for the end of its term does not renew': {
    ...subscribed, license: { ...renewing, renews: false, grace_until: null },
    tell: story((at, id) => [...begun(at, id), at(BOUGHT + DAY).subscription(id, { cancel_at_period_end: true, cancel_at: ENDS, previous: { cancel_at_period_end: false } })]),
  },
  'one that is kept after all does': {
    ...subscribed,
    tell: story((at, id) => [
      ...begun(at, id), at(BOUGHT + DAY).subscription(id, { cancel_at_period_end: true, cancel_at: ENDS }),
      at(BOUGHT + 2 * DAY).subscription(id, { previous: { cancel_at_period_end: true } }),
    ]),
  },
  'another plan has other limits': {
    ...subscribed, license: { ...renewing, plan: 'studio', seats: 25 },
    tell: story((at, id) => [...begun(at, id), at(BOUGHT + DAY).subscription(id, { price: 'price_studio', previous: { items: {} } })]),
  },
  'one that ended at once is good to the end of what was paid': {
    ...subscribed, license: { ...renewing, renews: false, grace_until: null },
    tell: story((at, id) => [...begun(at, id), at(BOUGHT + DAY).deleted(id)]),
  },
  'a refund of its first payment ends it': {
    ...subscribed, ...lost('refunded', 'refunded', REFUNDED), license: { ...renewing, status: 'refunded', reason: 'refunded', since: written(REFUNDED) },
    tell: story((at, id) => [...begun(at, id), at(REFUNDED).refunded(id, undefined, { invoice: 0 })]),
  },
  'a dispute about its first payment suspends it': {
    ...subscribed, ...lost('suspended', 'dispute_open', REFUNDED), license: { ...renewing, status: 'suspended', reason: 'dispute_open', since: written(REFUNDED) },
    tell: story((at, id) => [...begun(at, id), at(REFUNDED).disputeCreated(id, 'needs_response', { invoice: 0 })]),
  },
  'one whose first debit was refused never began, and the buyer is told so once': {
    plan: 'yearly', paid: false, ends: 'revoked', mails: [FAILED_MAIL],
    license: { status: 'revoked', reason: 'payment_failed', since: written(BOUGHT + 3 * DAY), expires_at: null, renews: false },
    tell: story((at, id) => [
      at(BOUGHT).completed(id), at(BOUGHT).subscription(id, { type: 'customer.subscription.created' }), at(BOUGHT + 3 * DAY).invoiceFailed(id, 0, 1),
      at(BOUGHT + 3 * DAY).subscription(id, { status: 'past_due' }), at(BOUGHT + 3 * DAY).laterFailed(id),
    ]),
  },
};

/** Three tries to collect the renewal that failed. */
const overdue = (at, id) => [
  at(ENDS).invoiceFailed(id, 1, 1), at(ENDS).subscription(id, { status: 'past_due', year: 1 }), at(ENDS + 3 * DAY).invoiceFailed(id, 1, 2), at(ENDS + 5 * DAY).invoiceFailed(id, 1, 3),
];
const renewed = (at, id) => [at(ENDS).invoicePaid(id, 1), at(ENDS).invoicePayment(id, 1), at(ENDS).subscription(id, { year: 1 })].flat();
const expired = { ends: 'expired', license: { ...renewing, status: 'expired', reason: 'term_ended', since: written(ENDS), renews: false, grace_until: null } };
const second_year = { ...renewing, since: written(ENDS), expires_at: written(ENDS_AGAIN), grace_until: written(ENDS_AGAIN + GRACE) };

const RENEWALS = {
  'a license that was bought for a year has ended': {
    ...sold, ends: 'expired', license: { ...paid, status: 'expired', reason: 'term_ended', since: written(ENDS) }, tell: story((at, id) => [at(BOUGHT).completed(id)]),
  },
  'a renewal that was paid prolongs it': { ...subscribed, license: second_year, tell: story((at, id) => [...begun(at, id), ...renewed(at, id)]) },
  'a renewal that could not be collected is waited for, and its buyer told once': {
    ...subscribed, ends: 'grace', license: { ...renewing, status: 'grace', reason: 'renewal_due', since: written(ENDS) },
    mails: [LICENSE_MAIL, UNPAID_MAIL], tell: story((at, id) => [...begun(at, id), ...overdue(at, id)]),
  },
  'a renewal that was collected in the end prolongs it': {
    ...subscribed, license: { ...second_year, since: written(ENDS + 5 * DAY) }, mails: [LICENSE_MAIL, UNPAID_MAIL], perhaps: [UNPAID_MAIL], waits: true,
    tell: story((at, id) => [...begun(at, id), ...overdue(at, id).slice(0, 3), at(ENDS + 5 * DAY).invoicePaid(id, 1), at(ENDS + 5 * DAY).invoicePayment(id, 1), at(ENDS + 5 * DAY).subscription(id, { year: 1 })]),
  },
  'a renewal that was given up ends it with its term': {
    ...subscribed, ...expired, mails: [LICENSE_MAIL, UNPAID_MAIL], perhaps: [UNPAID_MAIL], waits: true,
    tell: story((at, id) => [...begun(at, id), ...overdue(at, id), at(ENDS + 5 * DAY).deleted(id, { reason: 'payment_failed' })]),
  },
  'and so does one that is marked as unpaid': {
    ...subscribed, ...expired, mails: [LICENSE_MAIL, UNPAID_MAIL], perhaps: [UNPAID_MAIL], waits: true,
    tell: story((at, id) => [...begun(at, id), ...overdue(at, id), at(ENDS + 5 * DAY).subscription(id, { status: 'unpaid', year: 1, previous: { status: 'past_due' } })]),
  },
  'one that was canceled ends with its term': {
    ...subscribed, ...expired,
    tell: story((at, id) => [...begun(at, id), at(BOUGHT + DAY).subscription(id, { cancel_at_period_end: true, cancel_at: ENDS }), at(ENDS).deleted(id)]),
  },
  'a refund of the renewal takes back the renewal and nothing else': {
    ...subscribed, ...expired,
    tell: story((at, id) => [...begun(at, id), ...renewed(at, id), at(ENDS + DAY).refunded(id, undefined, { invoice: 1 }), at(ENDS + DAY).deleted(id)]),
  },
  'a refund of the renewal that failed gives it back': {
    ...subscribed, license: second_year,
    tell: story((at, id) => [
      ...begun(at, id), ...renewed(at, id), at(ENDS + DAY).refunded(id, undefined, { invoice: 1 }), at(ENDS + 2 * DAY).refund(id, 'failed', { invoice: 1 }),
    ]),
  },
  'a dispute about the renewal suspends': {
    ...subscribed, ends: 'suspended', license: { ...second_year, status: 'suspended', reason: 'dispute_open', since: written(ENDS + DAY) },
    tell: story((at, id) => [...begun(at, id), ...renewed(at, id), at(ENDS + DAY).disputeCreated(id, 'needs_response', { invoice: 1 })]),
  },
  'and one that was lost takes back the renewal': {
    ...subscribed, ...expired,
    tell: story((at, id) => [
      ...begun(at, id), ...renewed(at, id), at(ENDS + DAY).disputeCreated(id, 'needs_response', { invoice: 1 }),
      at(ENDS + 4 * DAY).disputeClosed(id, 'lost', { invoice: 1 }), at(ENDS + 4 * DAY).deleted(id),
    ]),
  },
};

const OVERDUE = {
  'a renewal that is not collected in time ends it': {
    ...subscribed, ends: 'expired', license: { ...renewing, status: 'expired', reason: 'term_ended', since: written(ENDS) },
    mails: [LICENSE_MAIL, UNPAID_MAIL], tell: story((at, id) => [...begun(at, id), ...overdue(at, id)]),
  },
};

for (const [title, days, stories] of [
  ['three weeks after the purchase', 21, { ...CHECKOUTS, ...PAYMENTS, ...SUBSCRIPTIONS }],
  ['a few days after the first year', 365 + 6, RENEWALS],
  ['when the grace after it is over', 365 + 15, OVERDUE],
]) {
  describe(`${HOST} host, ${title}`, () => {
    let stage;
    before(async () => { stage = await Stage.open(written(BOUGHT + days * DAY)); });
    after(() => stage.close());
    for (const [title, story] of Object.entries(stories)) test(title, () => stage.play(story));
    test('all of this is still so later, and every buyer got the mails that belong to it', () => stage.judge());
  });
}
