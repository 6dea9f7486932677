// Chosen histories, replayed on the compiled wasm in Cloudflare's own runtime. Each ends with the judgement in
// `history.mjs`: one key per order, what was acknowledged is there, every mail was sent once, refunds took effect.

import assert from 'node:assert/strict';
import { send } from '../hosts/http.mjs';
import { until } from '../hosts/project.mjs';
import { World, history } from './history.mjs';
import { Runtime } from './runtime.mjs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The key that the first purchase of a world gets: keys are derived from the purchase, and all worlds count alike. */
async function keyOfFirstOrder() {
  const twin = new World(await Runtime.start());
  try {
    const id = await twin.order();
    await twin.deliverUntilTaken(twin.events.completed(id));
    return await twin.key(id);
  } finally {
    await twin.runtime.stop();
  }
}

history('three deliveries of one purchase race', async (world) => {
  const id = await world.order();
  const event = world.events.completed(id);
  const answers = await Promise.all([event, event, world.events.completed(id)].map((event) => world.deliver(event)));
  assert.deepEqual(answers, [200, 200, 200]);
});

history('the webhook races with the buyer on the success page', async (world) => {
  const id = await world.order();
  const event = world.events.completed(id);
  await Promise.all([world.deliverUntilTaken(event), world.key(id), world.key(id), world.deliverUntilTaken(event)]);
});

history('success page and plugin asked before the payment, so misses are cached; the license is shown all the same', async (world) => {
  const key = await keyOfFirstOrder();
  const id = await world.open();
  const early = await send(`${world.runtime.url}/checkout/success?session_id=${id}`);
  assert.equal(early.status, 202, 'nobody has paid yet');
  assert.ok(!early.text.includes('CPP-'));
  assert.equal(await world.validate(key), 'not_found', 'the miss is cached now');
  world.pay(id);
  await world.deliverUntilTaken(world.events.completed(id));
  assert.equal(await world.key(id), key, 'it is the key that was asked for');
  assert.equal(await world.validate(key), 'valid', 'a cached miss is not an answer');
});

history('every write to the store fails before it happens while the purchase arrives', async (world) => {
  await world.kv({ fault: { kind: 'before', op: 'put', times: 6 } });
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  const key = await world.key(id);
  assert.equal(await world.validate(key), 'valid', 'a view that is missing is not an answer');
});

history('writes to the store happen but their answers are lost', async (world) => {
  await world.kv({ fault: { kind: 'after', op: 'put', times: 4 } });
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  await world.deliverUntilTaken(world.events.refunded(id));
  world.expect(id, 'refunded');
});

history('the store refuses a second write to a key within a second', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  await world.kv({ fault: { kind: 'throttled', op: 'put', times: 3 } });
  await world.deliverUntilTaken(world.events.refunded(id));
  world.expect(id, 'refunded');
});

history('a plugin asked too early and planted a cached miss; then the license is refunded', async (world) => {
  await world.kv({ fault: { kind: 'before', op: 'put', times: 4 } });
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  const key = await world.key(id);
  assert.equal(await world.validate(key), 'valid', 'the miss is cached now');
  await world.kv({ heal: true });
  await pause(1500);
  assert.equal(await world.validate(key), 'valid', 'the view is published but still hidden by the miss');
  await world.deliverUntilTaken(world.events.refunded(id));
  world.expect(id, 'refunded');
});

history('a cached view says valid after a refund, for at most a minute', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  const key = await world.key(id);
  await world.kv({ seconds: 61 });
  assert.equal(await world.validate(key), 'valid');
  await world.deliverUntilTaken(world.events.refunded(id));
  await pause(1500);
  assert.ok(['valid', 'refunded'].includes(await world.validate(key)));
  await world.kv({ seconds: 61 });
  await until('the refund to show', async () => (await world.validate(key)) === 'refunded');
  world.expect(id, 'refunded');
});

history('a refund comes before its purchase; lists and reads of the store are stale', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.refunded(id));
  await world.deliverUntilTaken(world.events.completed(id));
  world.expect(id, 'refunded');
});

history('the cron trigger runs before the list shows the parked refund, and again after', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.refunded(id));
  await world.runtime.cron();
  await world.deliverUntilTaken(world.events.completed(id));
  await world.runtime.cron();
  await world.kv({ seconds: 61 });
  await world.runtime.cron();
  world.expect(id, 'refunded');
});

history('parking a refund fails before and after the write: it is not acknowledged until it is kept', async (world) => {
  const id = await world.order();
  await world.kv({ fault: { kind: 'before', op: 'put', times: 1 } });
  assert.equal(await world.deliver(world.events.refunded(id)), 503, 'not kept, so not acknowledged');
  await world.kv({ fault: { kind: 'after', op: 'put', times: 1 } });
  await world.deliverUntilTaken(world.events.refunded(id));
  await world.deliverUntilTaken(world.events.completed(id));
  world.expect(id, 'refunded');
});

history('cron cannot read the parked fact at first', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.refunded(id));
  await world.deliverUntilTaken(world.events.completed(id));
  await world.kv({ seconds: 61, fault: { kind: 'before', op: 'get', times: 2 } });
  await world.runtime.cron();
  await world.kv({ fault: { kind: 'before', op: 'delete', times: 1 } });
  await world.runtime.cron();
  world.expect(id, 'refunded');
});

history('the power goes between the acknowledgement and the mail', async (world) => {
  world.mail.fault = 'before';
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  await world.runtime.kill();
  assert.equal(world.mail.mails.length, 0);
  world.mail.fault = null;
  await world.runtime.boot();
  await until('the mail that was promised', () => world.mail.mails.length === 1);
});

history('the power goes again and again while the webhook is being handled', async (world) => {
  const id = await world.order();
  const event = world.events.completed(id);
  for (const after_ms of [1, 4, 8, 16, 32]) {
    const delivery = world.deliver(event);
    await pause(after_ms);
    await world.runtime.kill();
    await delivery;
    await world.runtime.boot();
  }
  await world.deliverUntilTaken(event);
});

history('the mail provider takes a mail but its answer is lost', async (world) => {
  world.mail.fault = 'after';
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  await until('a second try', () => world.mail.attempts >= 2);
  assert.equal(world.mail.mails.length, 1);
});

history('the mail provider hangs: the mail goes out once it answers again', async (world) => {
  world.mail.fault = 'hang';
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  await until('a first try', () => world.mail.attempts >= 1);
  assert.ok(await world.key(id), 'the buyer does not wait for the mail');
  world.mail.fault = null;
  await until('the mail that was promised', () => world.mail.mails.length === 1, 30);
});

history('the store hangs: the request is answered with 503 in time, and the next one works', async (world) => {
  const id = await world.order();
  await world.deliverUntilTaken(world.events.completed(id));
  const key = await world.key(id);
  await world.kv({ seconds: 61, fault: { kind: 'hang', op: 'get', times: 1 } });
  const began = Date.now();
  const answer = await send(`${world.runtime.url}/api/v1/licenses/validate`, { method: 'POST', json: { license_key: key } });
  assert.ok(Date.now() - began < 12_000, 'within the deadline');
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers['retry-after']) > 0);
  const { headers } = await send(`${world.runtime.url}/healthz`);
  for (const name of Object.keys(headers).filter((name) => /^(x-|cross-origin-|content-security|referrer|permissions|cache)/.test(name))) {
    assert.equal(answer.headers[name], headers[name], `entry.mjs and security.rs agree on ${name}`);
  }
  assert.equal(await world.validate(key), 'valid');
});

history('the processor fails while a checkout is opened and while a buyer returns', async (world) => {
  world.stripe.fault = 'after';
  const refused = await world.checkout();
  assert.equal(refused.status, 503);
  assert.match(refused.text, /You have not been charged/);
  world.stripe.fault = null;
  const id = await world.order();
  for (const fault of ['before', 'after', 'hang']) {
    world.stripe.fault = fault;
    const page = await send(`${world.runtime.url}/checkout/success?session_id=${id}`);
    assert.equal(page.status, 503);
    assert.doesNotMatch(page.text, /not been charged/, 'the buyer has paid');
    assert.match(page.text, /If you have paid, your license comes by mail/);
  }
  world.stripe.fault = null;
  assert.ok(await world.key(id), 'the buyer reloads');
});

history('one person buys twice at the same moment, and a dispute is reported backwards', async (world) => {
  const one = await world.order();
  const two = await world.order();
  await Promise.all([one, two].map((id) => world.deliverUntilTaken(world.events.completed(id))));
  await world.key(one);
  await world.key(two);
  const opened = world.events.disputeCreated(two);
  await world.deliverUntilTaken(world.events.disputeClosed(two, 'lost'));
  await world.deliverUntilTaken(opened);
  world.expect(two, 'revoked');
});
