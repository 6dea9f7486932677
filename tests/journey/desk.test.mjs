// The other side of the counter: staff sign in by mail, read, answer, note, sort and hand over; whoever asked is told, and
// every look at a person's data is in the log.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { copyOfProject, until } from '../hosts/project.mjs';
import { Visitor, forms } from '../hosts/visitor.mjs';
import { HOST, Shop, settle } from './shop.mjs';

const EVE = 'eve@staff.example';
const BOB = 'bob@staff.example';

describe(`the desk on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const mailsTo = async (to) => (await shop.host.mails()).filter((mail) => mail.to.toLowerCase() === to);
  let tickets = 0;
  /** Somebody asks; the ticket, as its sender has it. */
  async function ask(fields = {}) {
    tickets += 1;
    const json = { name: 'Ada Asker', email: `ada${tickets}@example.com`, subject: `Question ${tickets}`, message: 'How does it work?', ...fields };
    const answer = await send(`${shop.host.url}/support/tickets`, { method: 'POST', json });
    assert.equal(answer.status, 201, answer.text);
    return { ...answer.json(), ...json };
  }

  const used = new Set();
  /** The link that somebody of the staff is mailed. */
  async function link(email, visitor = new Visitor(shop.host.url)) {
    await visitor.open('/desk/sign-in');
    const answer = await visitor.post('/desk/sign-in', { email, to: '/desk/' });
    assert.equal(answer.status, 202, answer.text);
    const found = await until('the link', async () => {
      const mails = (await mailsTo(email)).filter(({ subject }) => subject === 'Sign in to the desk');
      return mails.map(({ text }) => /http\S+\/desk\/sign-in\/\S+/.exec(text)[0]).find((link) => !used.has(link));
    });
    used.add(found);
    return found;
  }

  async function signedIn(email = EVE) {
    const visitor = new Visitor(shop.host.url);
    const page = await visitor.open(await link(email, visitor));
    assert.ok(page.text.toLowerCase().includes(email), 'says who signs in');
    await visitor.submit(forms(page.text).find(({ action }) => action.startsWith('/desk/sign-in/')));
    assert.equal(new URL(visitor.url).pathname, '/desk/');
    return visitor;
  }
  const formOf = (visitor, end) => {
    const form = forms(visitor.page.text).find(({ action }) => action.endsWith(end));
    assert.ok(form, `a form to ${end} in ${visitor.page.text.slice(0, 2000)}`);
    return form;
  };
  const by = (form, value) => form.buttons.find(({ then }) => then === value);
  const read = async (visitor, number) => {
    const page = await visitor.open(`/desk/tickets/${number}`);
    assert.equal(page.status, 200, page.text);
    return page;
  };
  /** Waits until a ticket stands in this box of the inbox, and in no other: the desk hears of a change a moment later. */
  const listed = (number, box) => until(`${number} among those that are ${box}`, async () => {
    const visitor = await someone;
    const isIn = async (word) => (await visitor.open(`/desk/?box=${word}`)).text.includes(number);
    const found = [];
    for (const word of ['new', 'open', 'waiting', 'resolved', 'spam']) if (await isIn(word)) found.push(word);
    return found.join() === box;
  });
  let someone;
  before(() => { someone = signedIn(BOB); return someone; });

  test('a link that got to somebody else is replaced, and its sender is mailed the new one', async () => {
    const ticket = await ask();
    await until('the first link', async () => (await mailsTo(ticket.email))[0]);
    const visitor = await someone;
    await read(visitor, ticket.number);
    await visitor.submit(formOf(visitor, '/link'));
    const links = async () => (await mailsTo(ticket.email)).map(({ text }) => /http\S+\/support\/t\/\S+/.exec(text)[0]);
    const link = await until('the second link', async () => (await links()).find((found) => found !== ticket.url));
    assert.equal((await send(link)).status, 200);
    assert.equal((await send(ticket.url)).status, 404, 'the old one opens nothing');
  });

  test('nobody gets to the desk who is not signed in', async () => {
    const { number } = await ask();
    for (const path of ['/desk/', `/desk/tickets/${number}`, `/desk/tickets/${number}/export`, '/desk/log', '/desk/attention', '/desk/replies']) {
      const answer = await send(`${shop.host.url}${path}`);
      assert.equal(answer.status, 303, path);
      assert.equal(answer.headers.location, `/desk/sign-in?to=${path}`);
      const forged = await send(`${shop.host.url}${path}`, { headers: { cookie: `desk=${'0'.repeat(32)}; __Host-Http-desk=${'1'.repeat(32)}` } });
      assert.equal(forged.status, 303, path);
    }
    const answer = await send(`${shop.host.url}/desk/tickets/${number}/write`, { method: 'POST', form: { message: 'x', seen: '1', then: 'send' }, headers: { origin: shop.host.url } });
    assert.equal(answer.status, 401);
  });

  test('a stranger who asks for a link gets the same answer and no mail', async () => {
    const visitor = new Visitor(shop.host.url);
    await visitor.open('/desk/sign-in');
    const [known, unknown] = [await visitor.post('/desk/sign-in', { email: EVE }), await visitor.post('/desk/sign-in', { email: 'mallory@example.com' })];
    assert.deepEqual([unknown.status, unknown.text], [known.status, known.text]);
    await settle();
    assert.equal((await mailsTo('mallory@example.com')).length, 0);
    assert.equal((await visitor.post('/desk/sign-in', { email: 'nobody' })).status, 422);
  });

  test('a link signs in once, and only behind a button', async () => {
    const visitor = new Visitor(shop.host.url);
    const page = await visitor.open(await link(EVE, visitor));
    assert.equal((await send(visitor.url)).status, 200, 'looking at it uses nothing up');
    assert.ok(!('set-cookie' in page.headers));
    const { action } = forms(page.text).find((form) => form.action.startsWith('/desk/sign-in/'));
    const first = await visitor.post(action, { to: '//evil.example' });
    assert.deepEqual([first.status, first.headers.location], [303, '/desk/']);
    const [cookie] = [first.headers['set-cookie']].flat();
    for (const part of [/^desk=[0-9a-f]{32}/, /HttpOnly/, /SameSite=Lax/, /Path=\//]) assert.match(cookie, part);
    assert.equal((await visitor.post(action, {})).status, 403, 'a second time');
    assert.equal((await send(`${shop.host.url}${action}x`)).status, 403, 'a forged one');
  });

  test('a question is answered, and its sender answers back', async () => {
    const ticket = await ask({ message: 'How does <b>it</b> work?' });
    await until('staff to hear of it', async () => (await mailsTo(EVE)).some(({ subject, text }) => subject.includes(ticket.number) && text.includes(`/desk/tickets/${ticket.number}`)));
    await listed(ticket.number, 'new');
    const eve = await signedIn();
    const page = await read(eve, ticket.number);
    assert.ok(page.text.includes('How does &lt;b&gt;it&lt;/b&gt; work?'));
    for (const [name, value] of [['cache-control', /no-store/], ['x-robots-tag', /noindex/], ['referrer-policy', /no-referrer/]]) assert.match(page.headers[name], value);
    const form = formOf(eve, '/write');
    await eve.submit(form, { message: 'Like this.' }, by(form, 'send'));
    await listed(ticket.number, 'waiting');
    const mail = await until('the answer', async () => (await mailsTo(ticket.email)).find(({ text }) => text.includes('Like this.')));
    assert.ok(mail.text.includes(ticket.url), 'with the link');

    const sender = new Visitor(shop.host.url);
    await sender.open(ticket.url);
    assert.ok(sender.page.text.includes('Like this.'));
    await sender.submit(formOf(sender, '/reply'), { message: 'And that?' });
    await listed(ticket.number, 'open');
    await read(eve, ticket.number);
    const again = formOf(eve, '/write');
    await eve.submit(again, { message: 'Also.' }, by(again, 'resolve'));
    await listed(ticket.number, 'resolved');
    await sender.open(ticket.url);
    assert.ok(sender.page.text.includes('Also.'));
    await sender.submit(formOf(sender, '/reopen'));
    await listed(ticket.number, 'open');
  });

  test('a stale answer is not sent: both texts are shown', async () => {
    const ticket = await ask();
    const [eve, bob] = [await signedIn(), await signedIn(BOB)];
    await read(eve, ticket.number);
    await read(bob, ticket.number);
    const [ours, theirs] = [formOf(eve, '/write'), formOf(bob, '/write')];
    await bob.submit(theirs, { message: 'Bob was first.' }, by(theirs, 'send'));
    const answer = await eve.post(ours.action, { ...ours.fields, message: 'Eve was second.', then: 'send' });
    assert.equal(answer.status, 409);
    assert.ok(answer.text.includes('Bob was first.') && answer.text.includes('Eve was second.'));
    await settle();
    assert.ok(!(await mailsTo(ticket.email)).some(({ text }) => text.includes('Eve was second.')));
    const form = forms(answer.text).find(({ action }) => action.endsWith('/write'));
    assert.equal((await eve.post(form.action, { ...form.fields, message: 'Eve was second.', then: 'send' })).status, 303, 'once it was read, it can be sent');
    const { seen, ...blind } = form.fields;
    assert.equal((await eve.post(form.action, { ...blind, message: 'x', then: 'send' })).status, 400, `${seen}`);
  });

  test('a note is for staff alone', async () => {
    const ticket = await ask();
    const eve = await signedIn();
    await read(eve, ticket.number);
    const form = formOf(eve, '/write');
    await eve.submit(form, { message: 'Looks like the cache.' }, by(form, 'note'));
    assert.ok(eve.page.text.includes('Looks like the cache.') && eve.page.text.includes('a note for staff'));
    await settle();
    assert.ok(!(await shop.host.mails()).some(({ text }) => text.includes('Looks like the cache.')));
    const sender = await send(ticket.url);
    assert.ok(!sender.text.includes('Looks like the cache.'));
    const exported = await send(`${ticket.url}/export`);
    assert.match(exported.headers['content-disposition'], /attachment/);
    assert.deepEqual(exported.json().messages.map(({ text }) => text), ['How does it work?']);
    assert.equal((await eve.open(`/desk/tickets/${ticket.number}/export`)).json().messages.length, 2);
    await listed(ticket.number, 'new');
  });

  test('tickets are sorted, handed over, and found again', async () => {
    const ticket = await ask({ subject: 'Zebra crossing', email: 'zebra@example.com' });
    const eve = await signedIn();
    await read(eve, ticket.number);
    await eve.submit(formOf(eve, '/tags'), { tags: 'Billing, cache  billing <b>' });
    assert.match(eve.page.text, /value="billing, cache, b"/);
    const id = /value="([0-9a-f]{32})"[^>]*>eve</.exec(eve.page.text)[1];
    await eve.submit(formOf(eve, '/assignee'), { to: id });
    await until('it to be with Eve', async () => (await eve.open('/desk/?box=mine')).text.includes(ticket.number));
    assert.equal((await eve.post(`/desk/tickets/${ticket.number}/assignee`, { to: 'f'.repeat(32) })).status, 400);
    await read(eve, ticket.number);
    await eve.submit(formOf(eve, '/state'), { to: 'spam' });
    await listed(ticket.number, 'spam');
    const search = async (q) => {
      await eve.open('/desk/');
      const answer = await eve.post('/desk/search', { q });
      return answer.status === 303 ? (await eve.open(answer.headers.location)).text : answer.text;
    };
    for (const q of ['zebra CROSSING', ticket.number, ticket.number.slice(4).toLowerCase(), 'Zebra@Example.com', 'cache']) assert.ok((await search(q)).includes(ticket.number), q);
    assert.ok((await search('nothing like this')).includes('Nothing here.'));
  });

  test('a canned reply is filled in from the ticket', async () => {
    const eve = await signedIn();
    await eve.open('/desk/replies');
    await eve.submit(forms(eve.page.text).filter(({ action }) => action === '/desk/replies').at(-1), { title: 'Clear the cache', text: 'Hello {name}, about {subject}: clear the cache. {staff}' });
    const ticket = await ask({ name: '{number}' });
    await read(eve, ticket.number);
    const canned = /<option value="([0-9a-f]+)">Clear the cache/.exec(eve.page.text)[1];
    const { action } = formOf(eve, '/write');
    const answer = await eve.post(action.replace('/write', '/draft'), { message: 'First.', canned });
    assert.ok(answer.text.includes(`First.\n\nHello {number}, about ${ticket.subject}: clear the cache. eve</textarea>`), answer.text);
  });

  test('what somebody bought stands beside their ticket, and staff decide about a license', async () => {
    const { key } = await shop.buy({ email: 'buyer@example.com' });
    const ticket = await ask({ email: 'buyer@example.com' });
    const eve = await signedIn();
    const page = await read(eve, ticket.number);
    assert.ok(page.text.includes(`key ends in ${key.slice(-4)}`) && !page.text.includes(key), 'never the whole key');
    await eve.open(/href="(\/desk\/people\/[0-9a-f]{64})"/.exec(page.text)[1]);
    const person = eve.url;
    const decide = async (decision, more = {}) => {
      await eve.open(person);
      const form = forms(eve.page.text).find(({ fields }) => fields.decision === decision);
      await eve.submit(form, more);
    };
    const { expires_at } = (await shop.validate(key)).license;
    await decide('extend', { days: '30' });
    const longer = await until('the extension', async () => {
      const { license } = await shop.validate(key);
      return license.expires_at !== expires_at && license.expires_at;
    });
    assert.equal(Date.parse(longer) - Date.parse(expires_at), 30 * 86_400_000);
    await decide('revoke');
    await until('the revocation', async () => (await shop.validate(key)).code === 'revoked');
    await decide('reinstate');
    await until('its end', async () => (await shop.validate(key)).valid);
    assert.equal((await eve.post(`${person}/licenses/lic_${'0'.repeat(32)}`, { decision: 'revoke' })).status, 404);
  });

  test('a form of another site, or of nowhere, does nothing', async () => {
    const eve = await signedIn();
    const ticket = await ask();
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: undefined }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const answer = await eve.post(`/desk/tickets/${ticket.number}/state`, { to: 'spam' }, headers);
      assert.equal(answer.status, 403, JSON.stringify(headers));
    }
    await listed(ticket.number, 'new');
  });

  test('whoever signs out is out, everywhere if they want', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    await one.open('/desk/');
    await one.submit(formOf(one, '/sign-out'));
    assert.equal((await one.open('/desk/')).status, 303);
    assert.equal((await other.open('/desk/')).status, 200);
    const third = await signedIn();
    await third.post('/desk/sign-out-everywhere', {});
    assert.equal((await other.open('/desk/')).status, 303);
    assert.equal((await (await someone).open('/desk/')).status, 200, 'Bob stays');
  });

  test('the log says who saw what, and whose it was only where the policy says so', async () => {
    const ticket = await ask();
    const eve = await signedIn();
    await read(eve, ticket.number);
    const page = await eve.open('/desk/log');
    assert.ok(page.text.includes('read a ticket') && page.text.includes('<td>eve'), page.text);
    assert.ok(!page.text.includes(ticket.number), 'the version in force names no such log');
    await eve.open('/desk/');
    const found = await eve.post('/desk/search', { q: ticket.email });
    const refused = await eve.post(`${found.headers.location}/disclosures`, { disclosure: 'To the court.' });
    assert.equal(refused.status, 400);
  });

  test('a session ends by itself, and with the address that left', async () => {
    const eve = await signedIn();
    const at = Date.parse('2026-05-04T09:00:00Z');
    await shop.restart({ at: new Date(at + 6 * 3_600_000).toISOString() });
    const moved = (visitor) => Object.assign(visitor, { url: shop.host.url });
    assert.equal((await moved(eve).open('/desk/')).status, 200, 'over a restart');
    await shop.restart({ at: new Date(at + 19 * 3_600_000).toISOString() });
    assert.equal((await moved(eve).open('/desk/')).status, 303, 'half a day later');
    const bob = await signedIn(BOB);
    await shop.restart({ env: { ...shop.env, STAFF: EVE } });
    assert.equal((await moved(bob).open('/desk/')).status, 303, 'Bob left');
  });
});
