// Stories of a purchase: what a processor reports, and what the license is worth in the end. Each story is told in several
// orders, with repetitions and by several hands at once; the end must be the same, and it must be the right one.

import assert from 'node:assert/strict';
import { AT, RENEWING_PLANS, copyOfProject } from '../hosts/project.mjs';
import { Shop, settle } from './shop.mjs';

/** When the buyers of all stories bought. */
export const BOUGHT = Date.parse(AT) / 1000;
export const DAY = 86_400;

/** A moment in seconds as answers write it. */
export const written = (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '');

/** The same numbers on every run. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled(list, random) {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]);
}

/** Reported twice: the same event again, or a second event that says the same. */
function repeated(events, random) {
  return events.flatMap((event) => [[event], [event, event], [event, { ...event, id: `${event.id}x` }]][Math.floor(random() * 3)]);
}

/** Orders in which the events of a story come; the first is that in which they happened. */
function orders(events, seed) {
  const random = randomOf(seed);
  const backwards = { events: [...events].reverse().flatMap((event) => [event, event]) };
  const mixed = () => ({ events: shuffled(repeated(events, random), random) });
  return [{ events }, backwards, mixed(), mixed(), { ...mixed(), at_once: true }];
}

export class Stage {
  #told = [];

  /** Opens a shop whose plans may renew, on a day on which all of the stories have happened. */
  static async open(at, options = {}) {
    const stage = new Stage();
    const root = options.root ?? await copyOfProject({ plans: RENEWING_PLANS });
    stage.shop = await Shop.open({ at, root, ...options });
    // A second shop with the same secrets knows the key of every session, sold or not.
    stage.oracle = await Shop.open({ root });
    return stage;
  }

  async close() {
    await this.shop.close();
    await this.oracle.close();
  }

  /** A session that was opened when all buyers bought. */
  async session({ plan, paid = true, buyer }) {
    const { shop } = this;
    const answer = await shop.checkout(plan);
    assert.equal(answer.status, 303, answer.text);
    const id = [...shop.stripe.sessions.keys()].at(-1);
    const { object } = shop.stripe.sessions.get(id);
    object.created = BOUGHT;
    if (buyer) shop.stripe[paid ? 'pay' : 'complete'](id, buyer);
    return id;
  }

  /** The key that a session has or would have. */
  async keyOf(id) {
    const { object, ...session } = this.shop.stripe.sessions.get(id);
    const paid = { ...object, created: this.oracle.host.clock.now_s(), status: 'complete', payment_status: 'paid', subscription: null, customer_details: { email: 'oracle@example.com' } };
    this.oracle.stripe.sessions.set(id, { ...session, object: paid });
    const { key, page } = await this.oracle.successPage(id);
    assert.ok(key, page.text);
    return key;
  }

  /** Tells a story in every order, and checks how each ends. */
  async play(story) {
    const { plan = 'business', paid, tell, ends, license = {}, mails = [], perhaps = [] } = story;
    const { stripe } = this.shop;
    const shapes = [stripe.events, stripe.events.older];
    const answers = [];
    for (const [shape, events] of shapes.entries()) {
      for (const turn of [0, 1, 2, 3, 4].slice(0, story.only_in_order ? 1 : 5)) {
        const who = `${this.#told.length}-${shape ? 'older' : 'newer'}-${turn}`;
        const buyer = { email: `buyer-${who}@example.com`, name: 'Ada Buyer' };
        const id = await this.session({ plan, paid, buyer });
        const told = orders(tell(events, id), 7 * turn + shape)[turn];
        const deliver = (event) => this.shop.deliver(event);
        if (told.at_once) await Promise.all(told.events.map(deliver));
        else for (const event of told.events) await deliver(event);
        const key = await this.keyOf(id);
        const answer = shown(await this.shop.validates(key, ends));
        const what = `${who}: ${told.events.map(({ type }) => type).join(', ')}`;
        for (const [field, value] of Object.entries(license)) assert.equal(answer.license[field], value, `${field} of ${what}`);
        answers.push({ what, key, answer, to: buyer.email, mails, perhaps, in_order: turn === 0 });
      }
    }
    for (const { answer, what } of answers) assert.deepEqual(answer, answers[0].answer, what);
    this.#told.push(answers);
  }

  /** All mails, once those that the stories ask for are there and no other has come for a while. */
  async #allMails() {
    const missing = (all) => this.#told.flat().some(({ to, mails, perhaps, in_order }) => {
      const owed = in_order ? mails : mails.filter((subject) => !perhaps.includes(subject));
      return owed.some((subject) => !all.some((mail) => mail.to === to && mail.subject === subject));
    });
    for (const end = Date.now() + 30_000; Date.now() < end && missing(await this.shop.host.mails());) await settle();
    await settle();
    return this.shop.host.mails();
  }

  /** Waits, and checks that every story is still at its end, and that its buyer got the mails that belong to it and no other. */
  async judge() {
    const all = await this.#allMails();
    for (const { what, key, answer, to, mails, perhaps, in_order } of this.#told.flat()) {
      assert.deepEqual(shown(await this.shop.validate(key)), answer, `still, ${what}`);
      const got = all.filter((mail) => mail.to === to).map((mail) => mail.subject).sort();
      // What a report out of its order would have said may be left unsaid, and what it says is said once.
      const extra = in_order ? [] : perhaps;
      assert.deepEqual(got.filter((subject) => !extra.includes(subject)), [...mails].filter((subject) => !extra.includes(subject)).sort(), `mails of ${what}`);
      assert.equal(new Set(got).size, got.length, `no mail comes twice, ${what}`);
    }
  }
}

function shown({ token, ...answer }) {
  return answer;
}
