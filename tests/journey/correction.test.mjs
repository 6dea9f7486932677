// A correction: what somebody may put right about themselves once their mailbox is proven. A change of address needs both mailboxes,
// takes everything along, and is one thing for all who hold a key, a link or a ticket.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { copyOfProject, until } from '../hosts/project.mjs';
import { Requester, valueOf } from '../hosts/rights.mjs';
import { forms } from '../hosts/visitor.mjs';
import { HOST, Shop } from './shop.mjs';

const AT = '2027-03-15T10:00:00Z';
const PAGE = '/privacy/data/correction';

describe(`corrections on the ${HOST} host`, () => {
  let [shop, people] = [];
  before(async () => {
    const root = await copyOfProject();
    shop = await Shop.open({ root, at: AT });
    people = new Requester(shop);
  });
  after(() => shop.close());

  const notice = async (session, form) => (await people.post(session, PAGE, form)).headers.location;
  const isDone = (email) => until('the change', async () => (await people.mailsTo(email, /^Your new address/))[0]);

  test('a name is put right in every place, and a text in a ticket by what stands behind it', async () => {
    const email = 'name@example.com';
    await shop.buy({ email });
    const ticket = await shop.ask({ email, message: 'The first text' });
    const session = await people.session(email, 'correct');
    const page = await people.at(session);
    for (const part of ['Ada Buyer', email, ticket.number]) assert.ok(page.text.includes(part), part);
    assert.equal(await notice(session, { what: 'name', name: ' ' }), '/privacy/data?notice=no-name');
    assert.match((await people.at(session, '/privacy/data?notice=no-name')).text, /notice-error" role="alert">A name has 1 to 100/);
    assert.equal(await notice(session, { what: 'name', name: 'Ada\r\nBcc: x@example.com' }), '/privacy/data?notice=renamed');
    assert.equal(await notice(session, { what: 'text', ticket: ticket.number, text: 'It is 7, not 4.' }), '/privacy/data?notice=noted');
    assert.equal(await notice(session, { what: 'text', ticket: 'AAAA-AAAA', text: 'x' }), '/privacy/data?notice=no-text');
    assert.equal((await people.post(session, PAGE, { what: 'license' })).status, 400);
    const thread = await send(ticket.url);
    for (const part of ['The first text', 'Correction:', 'It is 7, not 4.']) assert.ok(thread.text.includes(part), part);
    await shop.restart({ at: '2027-03-15T10:30:00Z' });
    const { Holder, Ticket } = await people.records(await people.session(email, 'access'));
    assert.deepEqual([valueOf(Holder[0], 'name'), valueOf(Ticket[0], 'name')], ['Ada Bcc: x@example.com', 'Ada Bcc: x@example.com']);
  });

  test('an address is changed by both mailboxes, and takes everything along', async () => {
    const [old, fresh] = ['old@example.com', 'Fresh@example.net'];
    const { key, session: checkout } = await shop.buy({ email: old });
    const ticket = await shop.ask({ email: old, message: 'A text that goes along' });
    const session = await people.session(old, 'correct');
    assert.equal(await notice(session, { what: 'address', email: 'nobody' }), '/privacy/data?notice=no-address');
    assert.equal(await notice(session, { what: 'address', email: fresh }), '/privacy/data?notice=mailed');
    const link = await until('the link to the new mailbox', async () => (await people.links(fresh, 'e'))[0]);
    const [mail] = await people.mailsTo(fresh, /./);
    for (const part of ['Ada', old, key]) assert.ok(!mail.text.includes(part), 'whoever reads it may be anybody');
    for (let looks = 0; looks < 3; looks += 1) assert.equal((await send(link)).status, 200, 'a scanner of mails changes nothing');
    for (const wrong of [link.slice(0, -1), link.replace('/e/', '/r/')]) assert.equal((await people.press(wrong)).status, 403, wrong);
    assert.equal((await people.press(link)).status, 202);
    assert.equal((await people.press(link)).status, 403, 'it works once');
    const done = await isDone(fresh);
    assert.ok(!done.text.includes(old));
    const told = await until('the mail to the old mailbox', async () => (await people.mailsTo(old, /another address/))[0]);
    assert.match(told.text, /F\*\*\*@example\.net/);
    assert.match((await people.at(session)).text, /is under F\*\*\*@example\.net now/);
    // Whoever holds a key, a link or a ticket notices nothing.
    assert.equal((await shop.validate(key)).code, 'valid');
    const owner = await send(people.here(/http\S+\/licenses\/o\/\S+/.exec(done.text)[0]));
    assert.ok(owner.text.includes(key));
    assert.ok((await send(ticket.url)).text.includes('A text that goes along'));
    const { Holder, Order, Message, Request } = await people.records(await people.session(fresh, 'access'));
    assert.deepEqual([valueOf(Holder[0], 'email'), valueOf(Order[0], 'license.key'), valueOf(Message[0], 'text'), Request.length], [fresh, key, 'A text that goes along', 2]);
    await shop.restart({ at: '2027-03-15T11:30:00Z' });
    await people.ask(old, 'access');
    await until('the answer', async () => (await people.mailsTo(old, /we hold nothing about this address/))[0]);
    // What the processor reports finds its way.
    await shop.deliver(shop.stripe.events.completed(checkout));
    await shop.deliver(shop.stripe.events.refunded(checkout));
    await shop.validates(key, 'refunded');
    const again = await shop.buy({ email: old });
    assert.notEqual(again.key, key, 'whoever buys with the old address now is somebody else');
  });

  test('staff find everything under the new address, and are asked to tell the processor', async () => {
    const [old, fresh] = ['before@example.com', 'after@example.com'];
    await shop.buy({ email: old });
    const ticket = await shop.ask({ email: old, message: 'For the desk' });
    const session = await people.session(old, 'correct');
    await notice(session, { what: 'address', email: fresh });
    await people.press(await until('the link', async () => (await people.links(fresh, 'e'))[0]));
    await isDone(fresh);
    const staff = await shop.signIn();
    const room = await staff.open(`/desk/tickets/${ticket.number}`);
    assert.ok(room.text.includes(fresh) && !room.text.includes(old));
    const person = await staff.open(/href="(\/desk\/people\/\w+)"/.exec(room.text)[1]);
    assert.match(person.text, /Correct name and address of these customers/);
    await staff.submit(forms(person.text).find(({ action }) => /\/requests\/\w+$/.test(action)));
    assert.doesNotMatch(staff.page.text, /these customers/);
    const inbox = await staff.open('/desk/');
    assert.ok(inbox.text.includes(ticket.number));
  });

  test('a link of another kind corrects nothing, and without a link there is no page', async () => {
    const email = 'kind@example.com';
    await shop.ask({ email, message: 'Hello' });
    const session = await people.session(email, 'access');
    assert.equal((await people.post(session, PAGE, { what: 'name', name: 'X' })).status, 401);
    assert.equal((await people.post('x', PAGE, { what: 'name', name: 'X' })).status, 401);
    assert.equal((await send(`${shop.host.url}/privacy/e/${'0'.repeat(32)}/x`)).status, 403);
  });
});
