// One history: a fresh world, what happens in it, and what must hold once the faults are over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { until } from '../hosts/project.mjs';
import { keyIn } from '../hosts/visitor.mjs';
import { Runtime } from './runtime.mjs';

/** Longer than any cache of the store lives. */
const QUIET_S = 600;

/** Runs `story` in a world of its own; every order it made is judged afterwards. */
export function history(title, story) {
  test(title, { timeout: 120_000 }, async () => {
    const world = new World(await Runtime.start());
    try {
      await story(world);
      await world.judge();
    } catch (error) {
      error.message += `\n--- log of workerd\n${world.runtime.log.slice(-4000)}\n--- store\n${(await world.kv().catch(() => ({ log: [] }))).log.slice(-40).join('\n')}`;
      throw error;
    } finally {
      await world.runtime.stop();
    }
  });
}

export class World {
  #orders = new Map();

  constructor(runtime) {
    this.runtime = runtime;
    this.stripe = runtime.stripe;
    this.events = runtime.stripe.events;
    this.mail = runtime.mail;
  }

  kv(order) {
    return this.runtime.kv(order);
  }

  /** Opens a checkout; the id of its session. */
  async open(plan = 'business') {
    const answer = await this.checkout(plan);
    assert.equal(answer.status, 303, answer.text);
    return [...this.stripe.sessions.keys()].at(-1);
  }

  /** Pays; nobody has told the edge yet. */
  pay(id, { email = 'ada@example.com' } = {}) {
    this.stripe.pay(id, { email });
    this.#orders.set(id, { email, keys: new Set(), code: 'valid' });
  }

  /** Opens a checkout and pays. */
  async order({ email, plan } = {}) {
    const id = await this.open(plan);
    this.pay(id, { email });
    return id;
  }

  checkout(plan = 'business') {
    return send(`${this.runtime.url}/checkout`, {
      method: 'POST', form: { product: 'client-portal-plus', plan, provider: 'stripe' }, headers: { origin: this.runtime.url },
    });
  }

  /** Delivers once; a connection that breaks counts as 0. Never a 500: a sender must know whether to try again. */
  async deliver(event) {
    const answer = await this.stripe.deliver(event).catch(() => ({ status: 0 }));
    assert.ok([0, 200, 503].includes(answer.status), `webhook answered ${answer.status}: ${answer.text}`);
    return answer.status;
  }

  /** Delivers as Stripe does: again and again until it is taken. */
  deliverUntilTaken(event) {
    return until('the event to be taken', async () => (await this.deliver(event)) === 200);
  }

  /** Says in which code an order has to end. */
  expect(id, code) {
    this.#orders.get(id).code = code;
  }

  /** The key on the success page; every key ever shown for an order is remembered. */
  async key(id) {
    const page = await send(`${this.runtime.url}/checkout/success?session_id=${id}`);
    assert.ok([200, 202, 503].includes(page.status), `success page: ${page.status} ${page.text}`);
    const key = keyIn(page.text);
    if (key) this.#orders.get(id).keys.add(key);
    return key;
  }

  /** One answer to a plugin's question; its code, or the status when there is none. */
  async validate(license_key) {
    const answer = await send(`${this.runtime.url}/api/v1/licenses/validate`, { method: 'POST', json: { license_key } });
    assert.ok(answer.status === 200 || answer.status === 503, `validate: ${answer.status} ${answer.text}`);
    return answer.status === 200 ? answer.json().code : answer.status;
  }

  /** Faults off, caches run out, cron runs: then everything that was acknowledged must be there, once. */
  async judge() {
    this.mail.fault = null;
    this.stripe.fault = null;
    await this.kv({ heal: true, seconds: QUIET_S });
    await this.runtime.cron();
    for (const [id, order] of this.#orders) {
      const key = await until('the license of the order', () => this.key(id));
      await until(`license to be ${order.code}`, async () => {
        await this.kv({ seconds: QUIET_S });
        await this.runtime.cron();
        return (await this.validate(key)) === order.code;
      });
      const mails = await until('the license mail', () => {
        const found = this.mail.mails.filter((mail) => mail.text.includes(key));
        return found.length > 0 && found;
      });
      assert.equal(order.keys.size, 1, `one order, one key: ${[...order.keys]}`);
      assert.equal(mails.length, 1, 'one mail, as a provider with idempotency keys sees it');
      assert.equal(mails[0].to, order.email);
      assert.ok(mails[0].key, 'the mail carried an idempotency key');
    }
    const all = [...this.#orders.values()].flatMap(({ keys }) => [...keys]);
    assert.equal(new Set(all).size, all.length, 'no two orders share a key');
    assert.deepEqual(this.mail.mails.map((mail) => keyIn(mail.text)).sort(), all.sort(), 'every mail carries the key of an order');
  }
}
