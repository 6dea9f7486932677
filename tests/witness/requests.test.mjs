// The same for privacy requests: somebody changes their address, then has everything deleted. Whatever is stored on the way is
// explained by a declared field, every declared field turns up, and in the end nothing of them is left in any encoding.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { startMailSink } from '../hosts/mail.mjs';
import { MAIL_KEY, buildSite, copyOfProject, until } from '../hosts/project.mjs';
import { Requester } from '../hosts/rights.mjs';
import { Visitor, forms } from '../hosts/visitor.mjs';
import { Shop } from '../journey/shop.mjs';
import { unexplained, unseen } from './occurrences.mjs';
import { stored } from './stored.mjs';

const PERSON = { name: 'Zephyrine Kanarie-Quill', old: 'Zephyrine.Canary@witness.example', email: 'Quill@canary-witness.example', question: 'Canaries ask why the portal is blank' };
/** What this story leads to. */
const HERE = [/^Request\./, /^(Line|Head)\./, /^Receipt\./, /^Look\.whose\b/, /^Entry\.right_due\b/, /^Waiting\.id\.mail_(right|right_due|extended|erased|proof|came|left)\./];
/** What is over within a moment, or stands for what is not of this story. */
const BESIDE = [/^Request\.change\.stage\.(proven|refused|respelled)/];

let [register, mail, shop, people, seen, last] = [];
const canaries = [
  { what: 'the name', category: 'name', value: PERSON.name },
  ...[PERSON.old, PERSON.email].map((value) => ({ what: 'the address', category: 'email', value })),
  { what: 'the question', category: 'request_content', value: PERSON.question },
];

/** What is stored now, while no mail gets out; then the host goes on so many minutes later, when mails are tried again. */
async function look(at) {
  await shop.host.stop();
  last = await stored(shop.host.data);
  seen.push(...last, { place: 'the log', value: shop.host.log() });
  mail.fault = null;
  await shop.restart({ at });
}
const mailTo = (to, subject) => until(`a mail to ${to}`, () => mail.mails.find((one) => [one.to].flat().includes(to) && subject.test(one.subject)));
const linkIn = ({ text }, kind) => new RegExp(`http\\S+/privacy/${kind}/\\S+`).exec(text)[0];
async function open(link) {
  const answer = await people.press(link);
  assert.equal(answer.status, 303, answer.text);
  return /__Host-Http-dsr=([^;]+)/.exec([answer.headers['set-cookie']].flat()[0])[1];
}
const clock = (time) => `2027-03-${time}Z`;

before(async () => {
  const root = await copyOfProject();
  const site = await buildSite(root, clock('15T10:00:00'));
  ({ register } = JSON.parse(await readFile(join(site, 'privacy', 'record.json'), 'utf8')));
  mail = await startMailSink();
  seen = [];
  shop = await Shop.open({ root, site, at: clock('15T10:00:00'), env: { MAIL_TRANSPORT: 'resend', MAIL_API_BASE: mail.url, MAIL_API_KEY: MAIL_KEY } });
  people = new Requester(shop);
  await shop.buy({ email: PERSON.old, name: PERSON.name });
  const ticket = { name: PERSON.name, email: PERSON.old, subject: PERSON.question, message: PERSON.question };
  assert.equal((await send(`${shop.host.url}/support/tickets`, { method: 'POST', json: ticket })).status, 201);
  const decide = (choice, headers) => send(`${shop.host.url}/consent`, { method: 'POST', form: { choice, return: '/' }, headers: { ...people.origin(), ...headers } });
  const allowed = await decide('accept');
  assert.equal((await decide('reject', { cookie: allowed.headers['set-cookie'][0].split(';')[0] })).status, 303);
  await mailTo(PERSON.old, /^Your license/);

  mail.fault = 'before';
  await people.ask(PERSON.old, 'correct');
  await look(clock('15T10:20:00'));
  const correction = await open(linkIn(await mailTo(PERSON.old, /^Your privacy request/), 'r'));
  mail.fault = 'before';
  await people.post(correction, '/privacy/data/correction', { what: 'address', email: PERSON.email });
  await look(clock('15T10:30:00'));
  const proof = linkIn(await mailTo(PERSON.email, /^Is this your new/), 'e');
  mail.fault = 'before';
  assert.equal((await people.press(proof)).status, 202);
  await until('the change', async () => (await people.at(correction)).text.includes('now.'));
  await look(clock('15T11:00:00'));
  await mailTo(PERSON.old, /under another address/);

  await people.ask(PERSON.email, 'delete');
  const deletion = await open(linkIn(await mailTo(PERSON.email, /^Your privacy request/), 'r'));
  const staff = await signIn();
  const { text } = await staff.open('/desk/attention');
  await staff.open(/by <strong>2027-04-15<\/strong>: <a href="([^"]+)"/.exec(text)[1]);
  mail.fault = 'before';
  await staff.submit(forms(staff.page.text).find(({ action }) => action.endsWith('/extension')), { reason: 'There is much to look through.' });
  await look(clock('15T11:05:00'));
  mail.fault = 'before';
  assert.equal((await people.post(deletion, '/privacy/data/delete', { licenses: 'end', sure: 'on' })).status, 303);
  await until('the deletion', async () => (await people.at(deletion)).text.includes('Your data is deleted'));
  await look(clock('15T11:10:00'));
  await mailTo(PERSON.email, /^Your data is deleted/);
  // The ledger has its last line by then, too.
  await look(clock('15T11:15:00'));
});
after(async () => {
  await shop?.close();
  await mail?.stop();
});

async function signIn() {
  const visitor = new Visitor(shop.host.url);
  await visitor.post('/desk/sign-in', { email: 'eve@staff.example', to: '/desk/' });
  const { text } = await mailTo('eve@staff.example', /^Sign in/);
  await visitor.open(people.here(/http\S+\/desk\/sign-in\/\S+/.exec(text)[0]));
  await visitor.submit(forms(visitor.page.text).find(({ action }) => action.startsWith('/desk/sign-in/')));
  return visitor;
}

test('every value of a person on the way is explained by a declared field', () => {
  assert.deepEqual(unexplained(register, canaries, seen), []);
});

test('every declared field of requests, the ledger and receipts was seen', () => {
  const missing = unseen(register, seen).filter((line) => HERE.some((pattern) => pattern.test(line)) && !BESIDE.some((pattern) => pattern.test(line)));
  assert.deepEqual(missing, []);
});

test('after the deletion only the request knows the address, and nothing the name', () => {
  const left = last.filter(({ record }) => record !== 'Request' && record !== 'Waiting');
  assert.deepEqual(unexplained({ records: [] }, canaries, left), []);
  assert.ok(seen.some(({ record, value }) => record === 'Holder' && value.email === PERSON.email), 'and before it was there');
});

test('five months later nothing of them is left in any encoding', async () => {
  await shop.restart({ at: '2027-08-20T10:00:00Z' });
  await until('the alarms', async () => {
    await send(`${shop.host.url}/__dev/tick`, { method: 'POST' });
    await shop.host.stop();
    const now = await stored(shop.host.data);
    await shop.restart();
    return unexplained({ records: [] }, canaries, now).length === 0;
  }, 60);
});
