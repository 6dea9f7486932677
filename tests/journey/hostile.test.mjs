// A corpus of what nobody means well with, through the form, by the page of a ticket and as JSON: each ends in a clear error or in a
// clean ticket, and nothing of it lies anywhere.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { until } from '../hosts/project.mjs';
import { forms } from '../hosts/visitor.mjs';
import { HOST, Shop } from './shop.mjs';

/** Numbers that processors give out for tests, as people write them. */
const CARDS = [
  '4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242', '4242.4242.4242.4242', '4242/4242/4242/4242', '4242_4242_4242_4242',
  '4242 42424242 4242', '4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2', '4242\u00a04242\u00a04242\u00a04242', '4242\u20094242\u20094242\u20094242', '４２４２４２４２４２４２４２４２',
  '４２４２ ４２４２ ４２４２ ４２４２', '4242\u20114242\u20114242\u20114242', '4242–4242–4242–4242', '4242\n4242\n4242\n4242', '(4242)(4242)(4242)(4242)', '4242\u200b4242\u200b4242\u200b4242',
  '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', '5555555555554444', '3782 822463 10005', '6011 1111 1111 1117', '3530-1113-3330-0000', 'card:4242424242424242.', 'x4242424242424242',
];
/** Where a number of a card is still to be read: its digits in any script, whatever stands between. */
const digits = (text) => [...text.normalize('NFKC')].map((c) => ({ '٤': '4', '٢': '2' }[c] ?? c)).join('').replace(/[^0-9]/g, '');

describe(`hostile questions on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  let asked = 0;
  /** Asks as JSON, each time as somebody else from another network. */
  function ask(fields = {}) {
    asked += 1;
    const json = { name: 'Ada', email: `hostile${asked}@example.com`, subject: 'Hello', message: 'Why?', ...fields };
    return send(`${shop.host.url}/support/tickets`, { method: 'POST', json, from: `127.9.${asked % 250}.2` });
  }
  async function opened(fields) {
    const answer = await ask(fields);
    assert.equal(answer.status, 201, answer.text);
    const { url } = answer.json();
    const page = await send(url);
    const file = await send(`${url}/export`);
    assert.equal(page.status, 200);
    return { url, page: page.text, file: file.json(), stored: file.text };
  }
  async function refused(fields, ...names) {
    const answer = await ask(fields);
    assert.equal(answer.status, 422, `${JSON.stringify(fields).slice(0, 100)}: ${answer.text.slice(0, 200)}`);
    assert.deepEqual(answer.json().errors.map(({ field }) => field).sort(), names.sort());
    for (const { detail } of answer.json().errors) assert.match(detail, /^[A-Z].*\.$/, 'a sentence');
  }

  test(`no spelling of a card number is kept (${CARDS.length} of them)`, async () => {
    for (const card of CARDS) {
      const whole = digits(card);
      const { page, file, stored } = await opened({ message: `Please charge ${card} again.`, subject: card.includes('\n') ? 'Hello' : `About ${card}`.slice(0, 150) });
      for (const text of [file.ticket.subject, ...file.messages.map(({ text }) => text)]) assert.ok(!digits(text).includes(whole), `${JSON.stringify(card)} is kept: ${text}`);
      assert.ok(!stored.includes(card) && !page.includes(card));
    }
  });

  test('numbers that are no cards survive', async () => {
    const numbers = ['cs_test_a1b2c3d4e5f6', 'CPP-7K3M-9QAB-CDEF', 'order 1234567890123', '2026-05-04 09:12:33', '+49 30 1234567', 'php_version: 8.2.10'];
    const { file } = await opened({ message: numbers.join('\n') });
    for (const number of numbers) assert.ok(file.messages[0].text.includes(number), number);
  });

  test('secrets are masked', async () => {
    const secrets = { stripe: `sk_live_${'a1B2'.repeat(6)}`, password: 'hunter22hunter', aws: 'AKIAIOSFODNN7EXAMPLE' };
    const message = `define('DB_PASSWORD', '${secrets.password}');\nkey ${secrets.stripe}\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75\n-----END RSA PRIVATE KEY-----\n`;
    const { stored } = await opened({ message });
    for (const secret of [secrets.stripe, secrets.password, 'MIIEpAIBAAKCAQEA75']) assert.ok(!stored.includes(secret), secret);
  });

  test('a header cannot be forged by a name, a subject or an address', async () => {
    const { file } = await opened({ name: 'Ada\r\nBcc: eve@evil.example', subject: 'Hello\r\nX-Evil: 1\u2028Bcc: eve@evil.example\u0085x' });
    assert.ok(!/[\r\n\u0085\u2028]/.test(file.ticket.name + file.ticket.subject));
    for (const email of ['a@b.example\r\nBcc: eve@evil.example', 'a@b.example,eve@evil.example', '<a@b.example>', 'a b@c.example', 'a@b.example\u0000', `${'a'.repeat(255)}@b.example`, 'a@@b', '@', 'a@']) {
      await refused({ email }, 'email');
    }
    const mails = await until('mails', async () => { const all = await shop.host.mails(); return all.length > 3 && all; });
    assert.ok(mails.every(({ to }) => !to.includes('evil')));
  });

  test('what hides or turns text is dropped, and each letter has one spelling', async () => {
    const { file, page } = await opened({
      name: 'Ada\u202Egpj.exe\u2066', subject: 'pay\u200Bpal \uFEFFcafe\u0301', message: `a\u{E0041}\u{E0042}b\u2067c\u0000d ${'e' + '\u0301'.repeat(500)} \u{1F468}\u200D\u{1F4BB}`,
    });
    assert.equal(file.ticket.name, 'Adagpj.exe');
    assert.equal(file.ticket.subject, 'paypal café');
    const { text } = file.messages[0];
    assert.ok(text.startsWith('abcd ') && text.endsWith('\u{1F468}\u200D\u{1F4BB}') && text.length < 40, JSON.stringify(text));
    assert.ok(!/[\u202A-\u202E\u2066-\u2069\u200B]/.test(page));
  });

  test('markup is text', async () => {
    const evil = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'><svg/onload=alert(1)>{{7*7}}';
    const { page } = await opened({ name: evil.slice(0, 100), subject: evil.slice(0, 150), message: evil });
    assert.ok(page.includes('&lt;script&gt;alert(1)'));
    assert.ok(!/<script>alert|<img src=x|<svg\/onload|\b49\b/.test(page));
  });

  test('what is too long is told as such, in the time it takes to read it', async () => {
    await refused({ message: 'x'.repeat(200 * 1024) }, 'message');
    await refused({ message: '4242 '.repeat(40_000) }, 'message');
    await refused({ message: 'x', subject: 's'.repeat(151), name: 'n'.repeat(101) }, 'subject', 'name');
    await refused({ message: ' \u200b\n\t', subject: '\u202e', name: '\u0000' }, 'message', 'subject', 'name');
    const long = await ask({ message: 'x'.repeat(300 * 1024) });
    assert.equal(long.status, 413, long.text);
    const { file } = await opened({ message: 'ü'.repeat(20_000) });
    assert.equal(file.messages[0].text.length, 20_000);
  });

  test('an answer is held to the same', async () => {
    const { url, page } = await opened();
    const { action } = forms(page).find((form) => form.action.endsWith('/reply'));
    const reply = (message) => send(`${shop.host.url}${action}`, { method: 'POST', form: { message }, headers: { origin: shop.host.url } });
    assert.equal((await reply('x'.repeat(200 * 1024))).status, 422);
    assert.equal((await reply('\u202e\u200b')).status, 422);
    assert.equal((await reply('4242 4242 4242 4242 <b>\u202e')).status, 303);
    const { messages } = (await send(`${url}/export`)).json();
    assert.equal(messages.length, 2);
    assert.ok(!/4242|\u202e/.test(messages[1].text));
  });

  test('nobody opens requests without end', async () => {
    const statuses = [];
    for (let at = 0; at < 12; at += 1) statuses.push((await ask({ email: 'many@example.com', message: `Number ${at}` })).status);
    assert.deepEqual(statuses, [...Array(10).fill(201), 422, 422]);
  });
});
