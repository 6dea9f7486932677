// Privacy requests: anybody asks for anybody, and only whoever reads the mail sees anything. Who is known to us is not told by the
// answer; the link works once, and the report has every field that is stored.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { MAIL_IN, handIn, message } from '../hosts/mail_in.mjs';
import { buildSite, copyOfProject, until } from '../hosts/project.mjs';
import { COOKIE as NAME, Requester } from '../hosts/rights.mjs';
import { forms } from '../hosts/visitor.mjs';
import { HOST, Shop } from './shop.mjs';

const AT = '2027-03-15T10:00:00Z';

describe(`privacy requests on the ${HOST} host`, () => {
  let [shop, site] = [];
  before(async () => {
    const root = await copyOfProject();
    site = await buildSite(root, AT);
    shop = await Shop.open({ root, at: AT, env: MAIL_IN });
  });
  after(() => shop.close());

  const origin = () => ({ origin: shop.host.url });
  const request = (email, kind = 'access', headers = origin()) => send(`${shop.host.url}/privacy/request`, { method: 'POST', form: { email, kind }, headers });
  const mailsTo = async (to) => (await shop.host.mails()).filter((mail) => mail.to.toLowerCase() === to.toLowerCase() && /privacy request/i.test(mail.subject));
  const seen = new Set();
  /** The link of a mail that nobody looked for yet: mails are kept in no order. */
  async function linkTo(email) {
    const links = async () => (await mailsTo(email)).map(({ text }) => /http\S+\/privacy\/r\/\S+/.exec(text)?.[0]);
    const link = await until(`a link to ${email}`, async () => (await links()).find((one) => one && !seen.has(one)));
    seen.add(link);
    return link;
  }
  const press = (link, headers = origin()) => send(link, { method: 'POST', headers });
  const sessionOf = (answer) => new RegExp(`${NAME}=([^;]+)`).exec([answer.headers['set-cookie']].flat()[0])[1];
  const data = (session, path = '/privacy/data') => send(`${shop.host.url}${path}`, { headers: session ? { cookie: `${NAME}=${session}` } : {} });

  test('whoever bought and asked gets a report with every stored field, as a page and as a file', async () => {
    const email = 'Ada.Report@example.com';
    const { key } = await shop.buy({ email });
    await shop.ask({ email, message: 'Where is my <b>report</b>?' });
    assert.equal((await request(email)).status, 202);
    const link = await linkTo(email);
    const button = await send(link);
    assert.equal(button.status, 200);
    for (const header of ['cache-control', 'referrer-policy', 'x-robots-tag']) assert.match(button.headers[header], /no-store|no-referrer|noindex/);
    assert.ok(!button.text.includes(key) && !button.headers['set-cookie'], 'a program that follows the link learns and uses nothing');
    const answer = await press(link);
    assert.deepEqual([answer.status, answer.headers.location], [303, '/privacy/data']);
    for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict', 'Max-Age=900']) assert.ok([answer.headers['set-cookie']].flat()[0].includes(part), part);
    const session = sessionOf(answer);
    const page = await data(session);
    assert.equal(page.status, 200, page.text);
    for (const part of [key, email, 'Ada Buyer', 'Where is my &lt;b&gt;report&lt;/b&gt;?', 'What you bought', 'What was written']) assert.ok(page.text.includes(part), part);
    const file = await data(session, '/privacy/data/export.json');
    assert.match(file.headers['content-disposition'], /attachment/);
    const report = file.json();
    assert.equal(report.policy_in_force, '2027-03-01');
    const { register } = JSON.parse(await readFile(join(site, 'privacy', 'record.json'), 'utf8'));
    const given = register.records.filter((record) => record.kind === 'stored' && record.export === 'given' && record.place !== 'attached_file');
    assert.ok(given.length > 8);
    for (const record of given) {
      const section = report.records.find(({ record: name }) => name === record.name);
      assert.ok(section, record.name);
      for (const item of section.items) assert.deepEqual(item.fields.map(({ path }) => path), record.fields.map(({ path }) => path), record.name);
    }
    const valueOf = (name, path) => report.records.find(({ record }) => record === name).items[0].fields.find((field) => field.path === path).value;
    assert.deepEqual([valueOf('Holder', 'email'), valueOf('Order', 'license.key'), valueOf('Request', 'right')], [email, key, 'access']);
    assert.equal((await data(session, '/privacy/data/export.json')).json().records.find(({ record }) => record === 'Request').items[0].fields.find(({ path }) => path === 'answered').value > 0, true);
  });

  test('a link works once, by its button alone, and nobody else finds a way in', async () => {
    const email = 'once@example.com';
    await shop.ask({ email });
    await request(email);
    const link = await linkTo(email);
    for (let looks = 0; looks < 10; looks += 1) assert.equal((await send(link)).status, 200, 'a scanner of mails uses nothing up');
    const [rid, token] = link.split('/').slice(-2);
    const at = (path) => `${shop.host.url}/privacy/r/${path}`;
    for (const wrong of [at(`${rid}/${token.slice(0, -1)}`), at(`${rid}/${token.toUpperCase()}`), at(`${rid}/x${token}`), at(`${'0'.repeat(32)}/${token}`)]) {
      assert.equal((await send(wrong)).status, 403, wrong);
      assert.equal((await press(wrong)).status, 403, wrong);
    }
    assert.equal((await press(link, { origin: 'https://evil.example' })).status, 403);
    const first = await press(link);
    assert.equal(first.status, 303);
    assert.equal((await press(link)).status, 403, 'a second time it opens nothing');
    const twice = await press(link, { ...origin(), cookie: `${NAME}=${sessionOf(first)}` });
    assert.equal(twice.status, 303, 'whoever pressed twice is in already');
    assert.equal((await data()).status, 401);
    for (const wrong of [token, 'x', sessionOf(first).slice(1), `${sessionOf(first)}x`]) assert.equal((await data(wrong)).status, 401, 'a link is no session');
    assert.equal((await send(at(`${rid}/${sessionOf(first)}`))).status, 403, 'and a session no link');
  });

  test('a stranger is told by mail that we hold nothing, and by the answer nothing at all', async () => {
    const known = 'known@example.com';
    await shop.ask({ email: known });
    const [one, other] = [await request(known), await request('stranger@example.com')];
    assert.deepEqual([one.status, other.status], [202, 202]);
    assert.equal(one.text, other.text);
    const names = ({ headers }) => Object.keys(headers).filter((name) => name !== 'date').sort().map((name) => `${name}: ${headers[name]}`);
    assert.deepEqual(names(one), names(other));
    const mail = await until('the answer', async () => (await mailsTo('stranger@example.com'))[0]);
    assert.match(mail.text, /We hold nothing about this address/);
    assert.doesNotMatch(mail.text, /\/privacy\/r\//);
  });

  test('the answer takes the same time for whoever is known and whoever is not', async () => {
    const took = async (email) => {
      const began = performance.now();
      await request(email);
      return performance.now() - began;
    };
    const rounds = { known: [], unknown: [] };
    for (let round = 0; round < 4; round += 1) {
      await shop.ask({ email: `timed${round}@example.com` });
      rounds.known.push(await took(`timed${round}@example.com`));
      rounds.unknown.push(await took(`nobody${round}@example.com`));
    }
    const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
    assert.ok(Math.abs(median(rounds.known) - median(rounds.unknown)) < 150, JSON.stringify(rounds));
  });

  test('asked again at once is asked once', async () => {
    const email = 'again@example.com';
    await shop.ask({ email });
    for (let times = 0; times < 3; times += 1) assert.equal((await request(email)).status, 202);
    await linkTo(email);
    await new Promise((done) => setTimeout(done, 1500));
    assert.equal((await mailsTo(email)).length, 1);
  });

  test('a request can be made where the policy says: by the support form and by mail, and staff see its clock', async () => {
    const [byForm, byMail] = ['form@example.com', 'mail@example.com'];
    await shop.ask({ email: byForm, category: 'privacy', subject: 'My data', message: 'Please delete my data.' });
    const mail = await until('the link', async () => (await mailsTo(byForm))[0]);
    assert.match(mail.text, /the deletion of their personal data/);
    const text = 'Please send me a copy of my data.';
    assert.deepEqual((await handIn(shop.host, message({ from: `Ada <${byMail}>`, to: 'licenses@example.com', subject: 'Data request', text }))).json(), { taken: 'opened' });
    await shop.ask({ email: byMail, message: 'Something else' });
    const session = sessionOf(await press(await linkTo(byMail)));
    await press(await linkTo(byForm));
    const staff = await shop.signIn();
    const room = await until('the clock at the desk', async () => {
      const page = await staff.open('/desk/attention');
      return /by <strong>2027-04-15<\/strong>/.test(page.text) && page;
    });
    const person = /by <strong>2027-04-15<\/strong>: <a href="(\/desk\/people\/\w+)"/.exec(room.text)[1];
    await staff.open(person);
    const form = forms(staff.page.text).find(({ action }) => action.endsWith('/extension'));
    await staff.submit(form, { reason: 'There is a lot to look through.' });
    assert.match(staff.page.text, /2027-06-15/);
    assert.ok(!forms(staff.page.text).some(({ action }) => action.endsWith('/extension')), 'once');
    const told = await until('the reason', async () => (await shop.host.mails()).find(({ subject }) => /will be answered by 2027-06-15/.test(subject)));
    assert.match(told.text, /There is a lot to look through/);
    assert.equal((await data(session)).status, 200);
  });

  test('what is no request is told so', async () => {
    assert.equal((await request('nobody')).status, 422);
    assert.equal((await request('ada@example.com', 'everything')).status, 422);
    assert.equal((await request('ada@example.com', 'access', { origin: 'https://evil.example' })).status, 403);
    assert.equal((await request('a@example.com\r\nBcc: b@example.com')).status, 422);
  });

  test('a link that nobody used ends after a day and leaves nothing; a session ends after a quarter of an hour', async () => {
    const [late, open] = ['late@example.com', 'open@example.com'];
    for (const email of [late, open]) {
      await shop.ask({ email });
      await request(email);
    }
    const [link, session] = [await linkTo(late), sessionOf(await press(await linkTo(open)))];
    assert.equal((await data(session)).status, 200);
    await shop.restart({ at: '2027-03-15T12:00:00Z' });
    const moved = (address) => address.replace(/^http:\/\/[^/]+/, shop.host.url);
    assert.equal((await data(session)).status, 401);
    assert.equal((await send(moved(link))).status, 200, 'within the day it is good');
    await shop.restart({ at: '2027-03-16T12:00:00Z' });
    assert.equal((await send(moved(link))).status, 403);
    await request(late);
    const again = sessionOf(await press(moved(await linkTo(late))));
    const requests = (await data(again, '/privacy/data/export.json')).json().records.find(({ record }) => record === 'Request').items;
    assert.equal(requests.length, 1, 'of the request of before nothing is left');
  });
});

test(`before the policy knows of privacy requests, people write to us (${HOST})`, async () => {
  const shop = await Shop.open();
  try {
    const page = await send(`${shop.host.url}/privacy/request`);
    assert.equal(page.status, 200);
    assert.match(page.text, /mailto:/);
    const answer = await send(`${shop.host.url}/privacy/request`, { method: 'POST', form: { email: 'ada@example.com', kind: 'access' }, headers: { origin: shop.host.url } });
    assert.equal(answer.status, 503);
  } finally {
    await shop.close();
  }
});

describe(`a deletion on the ${HOST} host`, () => {
  let [shop, people] = [];
  before(async () => {
    const root = await copyOfProject();
    shop = await Shop.open({ root, at: AT });
    people = new Requester(shop);
  });
  after(() => shop.close());

  const mailsTo = (to, subject) => people.mailsTo(to, subject);
  const session = (email, kind = 'delete') => people.session(email, kind);
  const at = (held, path) => people.at(held, path);
  const order = (held, form) => people.post(held, '/privacy/data/delete', form);
  const done = (held) => until('the deletion', async () => (await at(held)).text.includes('Your data is deleted'));

  test('is shown before it is done, removes who somebody is, and keeps the license that they keep', async () => {
    const email = 'keep@example.com';
    const { key, session: checkout } = await shop.buy({ email });
    const ticket = await shop.ask({ name: 'Gone Girl', email, message: 'Canary text of a ticket' });
    const held = await session(email);
    const page = await at(held);
    for (const part of ['Nothing is deleted yet', 'You have a license in use', 'support requests']) assert.ok(page.text.includes(part), part);
    assert.equal((await at(held, '/privacy/data/export.json')).status, 401, 'a link for a deletion opens no report');
    assert.equal((await order(held, { licenses: 'keep' })).status, 400, 'not without being sure');
    assert.equal((await order(held, { licenses: 'keep', sure: 'on' })).status, 303);
    await done(held);
    assert.equal((await order(held, { licenses: 'end', sure: 'on' })).status, 303, 'once more changes nothing');
    const statement = await until('the statement', async () => (await mailsTo(email, /Your data is deleted/))[0]);
    assert.match(statement.text, /support requests: 1 deleted, 0 kept/);
    assert.match(statement.text, /orders: 0 deleted, 1 kept/);
    const [payload] = /^[\w-]{40,}\.[\w-]{86}$/m.exec(statement.text)[0].split('.');
    assert.match(JSON.parse(Buffer.from(payload, 'base64url')).ledger, /^[0-9a-f]{64}$/, 'the ledger is in it');
    assert.equal((await send(ticket.url)).status, 404, 'the ticket is gone');
    assert.equal((await shop.validate(key)).code, 'valid', 'the license goes on');
    // A report of before that comes again brings nobody back.
    await shop.deliver(shop.stripe.events.completed(checkout));
    // One link in a quarter of an hour.
    await shop.restart({ at: '2027-03-15T10:30:00Z' });
    const report = (await at(await session(email, 'access'), '/privacy/data/export.json')).text;
    for (const gone of ['Ada Buyer', 'Canary text', 'Gone Girl']) assert.ok(!report.includes(gone), gone);
    assert.ok(report.includes(key), 'and what stays is shown');
  });

  test('ends a license where its holder chooses so, and leaves everybody else as they were', async () => {
    const [email, other] = ['end@example.com', 'other@example.com'];
    const { key } = await shop.buy({ email });
    const theirs = await shop.buy({ email: other });
    await shop.ask({ name: 'Gone Girl', email: other, message: 'Of somebody else' });
    const reportOf = async () => {
      const { records } = (await at(await session(other, 'access'), '/privacy/data/export.json')).json();
      return JSON.stringify(records.filter(({ record }) => record !== 'Request'));
    };
    const before = await reportOf();
    const held = await session(email);
    assert.equal((await order(held, { licenses: 'end', sure: 'on' })).status, 303);
    await done(held);
    await shop.validates(key, 'not_found');
    assert.equal((await shop.validate(theirs.key)).code, 'valid');
    await shop.restart({ at: '2027-03-15T11:30:00Z' });
    assert.equal(await reportOf(), before);
    await shop.validates(key, 'not_found');
    const again = await shop.buy({ email });
    assert.equal((await shop.validate(again.key)).code, 'valid', 'whoever was deleted can buy again');
  });

  test('whoever looks at their data while it is deleted sees what there still is', async () => {
    const email = 'racing@example.com';
    await shop.buy({ email });
    await people.ask(email, 'access');
    const link = await until('the link', async () => (await people.links(email, 'r'))[0]);
    await shop.restart({ at: '2027-03-15T12:30:00Z' });
    const held = await session(email);
    const looking = new RegExp(`${NAME}=([^;]+)`).exec([(await people.press(link)).headers['set-cookie']].flat()[0])[1];
    assert.ok((await at(looking)).text.includes('Ada Buyer'));
    await order(held, { licenses: 'end', sure: 'on' });
    await done(held);
    const page = await at(looking);
    assert.deepEqual([page.status, page.text.includes('Ada Buyer')], [200, false]);
  });
});
