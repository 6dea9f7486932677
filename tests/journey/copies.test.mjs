// A copy of the store, and the way back to it: it shows nothing without the keys, a new key locks everything anew, and whoever was deleted
// after the copy was made is deleted again before it is used.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { multipart, send } from '../hosts/http.mjs';
import { SECRETS, SITE_BINARY, copyOfProject, newFolder, until } from '../hosts/project.mjs';
import { Requester } from '../hosts/rights.mjs';
import { forms } from '../hosts/visitor.mjs';
import { Shop } from './shop.mjs';

const AT = '2027-03-15T10:00:00Z';
const NEW_KEY = `v2:${Buffer.alloc(32, 5).toString('base64')}`;
const PEOPLE = ['gone@example.com', 'stays@example.com'];

/** How long a person takes to fill in a form, at least. */
const TYPING_MS = 3_200;

let [shop, people, folder, keys, thread] = [];
before(async () => {
  const root = await copyOfProject();
  shop = await Shop.open({ root, at: AT });
  people = new Requester(shop);
  folder = await newFolder('copies');
});
after(() => shop.close());

/** Asks with a file: the address of the ticket. */
async function askWith(file, email) {
  const page = await send(`${shop.host.url}/support/`);
  await new Promise((done) => setTimeout(done, TYPING_MS));
  const { fields } = forms(page.text).find((form) => form.action === '/support/tickets');
  const question = { ...fields, name: 'Ada Asker', email, subject: 'It looks odd', message: 'See the file.', category: 'bug' };
  const answer = await send(`${shop.host.url}/support/tickets`, multipart(shop.host.url, question, [file]));
  assert.equal(answer.status, 303, answer.text);
  return answer.headers.location;
}

const site = (...words) => promisify(execFile)(SITE_BINARY, words, { env: { ...process.env, ...SECRETS, ...shop.env } });
const text = async (...path) => (await Promise.all(['rows.jsonl', 'views.jsonl'].map((name) => readFile(join(folder, ...path, name), 'utf8')))).join('');
/** Takes a copy of the store; the host is down meanwhile. */
async function copy(name, ...words) {
  await shop.host.stop();
  await site('export', '--data-dir', shop.host.data, '--out', join(folder, name), ...words);
}

test('a copy shows nothing of anybody, and everything with the keys', async () => {
  keys = [];
  for (const email of PEOPLE) keys.push((await shop.buy({ email })).key);
  for (const key of keys) await shop.mailWith(key);
  thread = await askWith({ name: 'log.txt', type: 'text/plain', bytes: 'what the file says' }, PEOPLE[1]);
  await copy('first');
  for (const part of [...PEOPLE, ...keys, 'Ada Buyer']) assert.ok(!(await text('first')).includes(part), part);
  await site('export', '--open', '--data-dir', shop.host.data, '--out', join(folder, 'looked-into'));
  for (const part of [...PEOPLE, ...keys, 'Ada Buyer']) assert.ok((await text('looked-into')).includes(part), part);
});

test('a new key locks everything anew, and the old one is needed no more', async () => {
  await shop.restart({ env: { ...shop.env, VAULT_KEYS: `${NEW_KEY},${SECRETS.VAULT_KEYS}` } });
  const staff = await shop.signIn();
  await until('all to be locked anew', async () => (await staff.open('/desk/attention')).text.includes('So is everything else'));
  await shop.restart({ env: { ...shop.env, VAULT_KEYS: NEW_KEY } });
  shop.env = shop.options.env;
  assert.equal((await shop.validate(keys[0])).code, 'valid');
  const page = await send(new URL(thread, shop.host.url).href);
  const [, file] = /href="([^"]*\/files\/[0-9a-f]{32})"/.exec(page.text);
  assert.equal((await send(new URL(file, shop.host.url).href)).text, 'what the file says');
  const links = await people.session(PEOPLE[1], 'access');
  assert.ok((await people.at(links)).text.includes(keys[1]));
});

test('whoever goes back to a copy deletes again who was deleted since', async () => {
  await copy('second');
  await shop.restart();
  const session = await people.session(PEOPLE[0], 'delete');
  assert.equal((await people.post(session, '/privacy/data/delete', { licenses: 'end', sure: 'on' })).status, 303);
  await until('the statement', async () => (await people.mailsTo(PEOPLE[0], /Your data is deleted/))[0]);
  await copy('third');
  const back = join(folder, 'back');
  await mkdir(back);
  await copyFile(join(shop.host.data, 'secrets.env'), join(back, 'secrets.env'));
  const away = ['import', '--from', join(folder, 'second'), '--data-dir', back, '--at', '2027-03-20T10:00:00Z', '--ledger'];
  const changed = join(folder, 'changed.jsonl');
  const newest = join(folder, 'third', 'ledger.jsonl');
  await writeFile(changed, (await readFile(newest, 'utf8')).replace('"end_licenses":true', '"end_licenses":false'));
  await assert.rejects(site(...away, changed), /its lines are no chain/);
  await assert.rejects(site(...away, join(folder, 'nowhere')), /cannot read/);
  const { stdout } = await site(...away, newest);
  assert.match(stdout, /1 people deleted again/);
  await site('export', '--open', '--data-dir', back, '--out', join(folder, 'after'));
  const after = await text('after');
  assert.ok(after.includes(`"email":"${PEOPLE[1]}"`) && after.includes(keys[1]));
  assert.ok(!after.includes(`"email":"${PEOPLE[0]}"`), 'who was deleted is not there');
  // A copy from before the new key is of no use to whoever has only that.
  await mkdir(join(folder, 'lost'));
  await assert.rejects(site('import', '--from', join(folder, 'first'), '--data-dir', join(folder, 'lost'), '--ledger', newest), /VAULT_KEYS/);
});
