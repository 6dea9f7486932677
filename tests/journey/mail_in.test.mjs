// Somebody answers by mail, or asks by mail: it lands in their ticket, and in nobody else's; programs are not answered; what is
// not taken goes back with a reason.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { AUTHORITY, MAIL_IN, handIn, message } from '../hosts/mail_in.mjs';
import { until } from '../hosts/project.mjs';
import { forms } from '../hosts/visitor.mjs';
import { HOST, Shop, settle } from './shop.mjs';

const LINE = '-- Please write your answer above this line --';
const US = 'licenses@example.com';

describe(`mail in on the ${HOST} host`, () => {
  let shop;
  let staff;
  before(async () => {
    shop = await Shop.open({ env: MAIL_IN });
    staff = await shop.signIn();
  });
  after(() => shop.close());

  const mailsTo = async (to) => (await shop.host.mails()).filter((mail) => mail.to.toLowerCase() === to);
  const replyTo = (mail) => mail.reply_to ?? mail.headers['reply-to'];
  let people = 0;
  /** Somebody asks by the form; their ticket, and the mail that confirms it. */
  async function ask(fields = {}) {
    people += 1;
    const json = { name: 'Ada Asker', email: `ada${people}@example.com`, subject: 'The portal is blank', message: 'Why?', ...fields };
    const answer = await send(`${shop.host.url}/support/tickets`, { method: 'POST', json });
    assert.equal(answer.status, 201, answer.text);
    const confirmation = await until('the confirmation', async () => (await mailsTo(json.email))[0]);
    return { ...json, ...answer.json(), confirmation, to: replyTo(confirmation) };
  }
  const taken = async (raw, options) => {
    const answer = await handIn(shop.host, raw, options);
    assert.equal(answer.status, 200, answer.text);
    return answer.json().taken;
  };
  const read = async (ticket) => (await send(ticket.url)).text;

  const atTheDesk = async (number) => (await staff.open(`/desk/tickets/${number}`)).text;
  async function answer(number, text) {
    await staff.open(`/desk/tickets/${number}`);
    const form = forms(staff.page.text).find(({ action }) => action.endsWith('/write'));
    await staff.submit(form, { message: text }, form.buttons.find(({ then }) => then === 'send'));
  }
  /** A ticket that was opened by mail, found by what it asks. */
  const opened = (words) => until(`a ticket about ${words}`, async () => {
    const page = await staff.open('/desk/?box=new');
    return new RegExp(`(CPP-[0-9A-Z]{6})(?:(?!CPP-)[\\s\\S])*${words}|${words}(?:(?!CPP-)[\\s\\S])*(CPP-[0-9A-Z]{6})`).exec(page.text)?.slice(1).find(Boolean);
  });

  test('an answer lands in its ticket, what it quotes is folded, and staff hear of it', async () => {
    const ticket = await ask();
    const text = `It is version 1.2.3.\n\nOn Mon, 4 May 2026 at 09:12, Us <${ticket.to}> wrote:\n\n> ${LINE}\n>\n> Hello,\n> ${ticket.url}\n`;
    assert.equal(await taken(message({ from: `Ada <${ticket.email}>`, to: ticket.to, text })), 'written');
    const page = await read(ticket);
    assert.match(page, /It is version 1\.2\.3\./);
    assert.ok(!page.includes(LINE), 'what was quoted is not shown again');
    const desk = await atTheDesk(ticket.number);
    assert.match(desk, /The whole mail/);
    assert.ok(desk.includes('&gt; Hello,') && !desk.includes(ticket.url.split('/').at(-1)), 'the link is in no quotation');
    await until('the mail to staff', async () => (await mailsTo('eve@staff.example')).find((mail) => mail.text.includes('It is version 1.2.3.')));
  });

  test('a mail that is brought twice is one message, and it answers where its program forgot the address', async () => {
    const ticket = await ask();
    const references = `<1@example.com> ${ticket.confirmation.headers.References ?? ticket.confirmation.headers.references}`;
    const raw = message({ from: `Ada <${ticket.email}>`, to: US, text: 'Only once.', headers: { References: references } });
    assert.equal(await taken(raw), 'written');
    await answer(ticket.number, 'Thank you.');
    assert.equal(await taken(raw), 'written');
    assert.equal((await read(ticket)).split('Only once.').length, 2);
  });

  test('somebody else who answers does not become its sender', async () => {
    const ticket = await ask();
    assert.equal(await taken(message({ from: 'Mallory <mallory@evil.example>', to: ticket.to, text: 'I know more.' })), 'written');
    assert.match(await read(ticket), /by mail from mallory@evil\.example/);
    assert.match(await atTheDesk(ticket.number), /who is not the sender of the request/);
    await answer(ticket.number, 'Good to know.');
    await until('the answer', async () => (await mailsTo(ticket.email)).find((mail) => mail.text.includes('Good to know.')));
    assert.deepEqual(await mailsTo('mallory@evil.example'), []);
  });

  test('a question by mail opens a ticket, once', async () => {
    const raw = message({ from: 'Grace <grace@example.com>', to: US, subject: 'Zebras in the portal', text: 'My card is 4242 4242 4242 4242.\n<b>Why?</b>' });
    assert.equal(await taken(raw), 'opened');
    assert.equal(await taken(raw), 'opened');
    const number = await opened('Zebras in the portal');
    const desk = await atTheDesk(number);
    assert.ok(desk.includes('&lt;b&gt;Why?&lt;/b&gt;') && !desk.includes('<b>Why?'), 'text stays text');
    assert.ok(!/4242/.test(desk), 'a card number is masked');
    await settle();
    const mails = await mailsTo('grace@example.com');
    assert.equal(mails.length, 1, 'it is confirmed once');
    assert.equal(mails[0].subject, `[${number}] We have your request`);
    assert.ok(!mails[0].text.includes('Zebras'));
  });

  test('a number in a subject counts where the mail server vouches for the sender, and only for their own ticket', async () => {
    const [mine, other] = [await ask(), await ask()];
    const write = (ticket, text, results) => taken(message({
      from: `Ada <${mine.email}>`, to: US, subject: `Re: [${ticket.number}] Ostriches ${text}`, text, headers: { 'Authentication-Results': results },
    }));
    const good = `${AUTHORITY}; dmarc=pass header.from=example.com`;
    assert.equal(await write(mine, 'aardvark', good), 'written');
    assert.match(await read(mine), /aardvark/);
    assert.equal(await write(mine, 'wombat', `${AUTHORITY}; dmarc=fail header.from=example.com`), 'opened');
    assert.equal(await write(mine, 'numbat', 'mx.evil.example; dmarc=pass header.from=example.com'), 'opened');
    assert.equal(await write(other, 'dingo', good), 'opened');
    for (const ticket of [mine, other]) assert.ok(!/wombat|numbat|dingo/.test(await read(ticket)));
  });

  test('programs are not answered: what answers us is a note, the rest is dropped', async () => {
    const ticket = await ask();
    const from = `Ada <${ticket.email}>`;
    assert.equal(await taken(message({ from, to: ticket.to, text: 'I am away until June.', headers: { 'Auto-Submitted': 'auto-replied' } })), 'noted');
    assert.match(await atTheDesk(ticket.number), /I am away until June\./);
    assert.ok(!(await read(ticket)).includes('I am away'), 'a note is for staff');
    assert.equal(await taken(message({ from: 'News <news@example.org>', to: US, text: 'Buy!', headers: { 'List-Id': '<news.example.org>' } })), 'dropped');
    assert.equal(await taken(message({ from: 'Shop <noreply@example.org>', to: US, text: 'Your order.' })), 'dropped');
    assert.equal(await taken(message({ from: `Us <${US}>`, to: US, text: 'Ourselves.' })), 'dropped');
    await settle();
    assert.equal((await mailsTo(ticket.email)).length, 1, 'nothing but the confirmation');
    for (const nobody of ['news@example.org', 'noreply@example.org', US]) assert.deepEqual(await mailsTo(nobody), []);
  });

  test('a mail of ours that comes back is given up, and staff may have it tried again', async () => {
    const ticket = await ask();
    const root = ticket.confirmation.headers.References ?? ticket.confirmation.headers.references;
    const bounce = message({
      from: 'Mail system <MAILER-DAEMON@mx.example>', to: US, subject: 'Undelivered Mail Returned to Sender',
      headers: { 'Content-Type': 'multipart/report; report-type=delivery-status; boundary="b"' },
      text: `--b\n\nno such mailbox\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ${ticket.email}\nAction: failed\n\n--b\nContent-Type: text/rfc822-headers\n\nReferences: ${root}\n--b--`,
    });
    assert.equal(await taken(bounce, { from: '' }), 'bounced');
    const person = await until('it among what needs a look', async () => /1 to <a href="([^"]+)"/.exec((await staff.open('/desk/attention')).text)?.[1]);
    await staff.open(person);
    assert.match(staff.page.text, /mail-ticket, given up/);
    await staff.submit(forms(staff.page.text).find(({ action }) => action.endsWith('/outbox')));
    await until('it gone', async () => !/given up/.test((await staff.open(person)).text));
  });

  test('what is not taken goes back with a reason, and nothing of it is kept', async () => {
    const ticket = await ask();
    const from = `Ada <${ticket.email}>`;
    const refused = async (raw, status, reason, options) => {
      const answer = await handIn(shop.host, raw, options);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, reason);
    };
    await refused(message({ from, to: ticket.to, text: 'x '.repeat(10_001) }), 400, /longer than 20,000 characters/);
    await refused(message({ from, to: ticket.to, text: 'y'.repeat(200 * 1024) }), 400, /longer than 20,000 characters/);
    await refused(message({ from: 'Eve <eve@staff.example>', to: ticket.to, text: 'Hello' }), 400, /Staff answer at the desk/);
    await refused(message({ from: 'undisclosed', to: ticket.to, text: 'Hello' }), 400, /who wrote it/, { from: 'a@example.org' });
    await refused(message({ from, to: ticket.to, text: 'z'.repeat(9 * 1024 * 1024) }), 413, /longer than this address takes/);
    await refused(message({ from, to: ticket.to, text: 'forged' }), 400, /signature/i, { secret: 'another-secret-of-nobody' });
    await refused(message({ from, to: ticket.to, text: 'forged' }), 400, /signature/i, { at_s: shop.host.clock.now_s() - 301 });
    await refused(message({ from, to: ticket.to, text: 'forged' }), 415, /message\/rfc822/, { type: 'text/plain' });
    assert.ok(!/forged|yyyy/.test(await atTheDesk(ticket.number)));
  });

  test('what hides, breaks out or explodes in a mail comes to nothing', async () => {
    const ticket = await ask();
    const from = `"Ada\u202Egpj.exe" <${ticket.email}>`;
    const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100_000)]).toString('base64');
    const text = `--b\nContent-Type: text/html; charset=utf-8\n\n<p>It is <b>here</b>.</p><script>alert(1)</script><img src="https://evil.example/x.png" onerror="y">\n--b\nContent-Type: application/zip; name="bomb.zip"\nContent-Disposition: attachment; filename="bomb.zip"\nContent-Transfer-Encoding: base64\n\n${zip}\n--b--`;
    assert.equal(await taken(message({ from, to: ticket.to, subject: '=?utf-8?q?x=0D=0ABcc:_eve=40evil.example?=', headers: { 'Content-Type': 'multipart/mixed; boundary=b' }, text })), 'written');
    const page = await read(ticket);
    assert.match(page, /It is here\./);
    assert.match(page, />bomb\.zip<\/a>/, 'an archive is kept as it is');
    assert.ok(!/onerror|<script>alert|evil\.example\/x/.test(page.replaceAll('&lt;script', '')), 'no markup of a mail is shown');
    assert.ok(!page.includes('\u202E'));
  });

  test('without a secret there is no way in', async () => {
    const closed = await Shop.open();
    const answer = await handIn(closed.host, message({ to: US, text: 'x' }));
    assert.equal(answer.status, 404);
    await closed.close();
  });

  if (HOST === 'workerd') {
    test('mail goes out through the binding of Cloudflare, in two parts', async () => {
      const bound = await Shop.open({ env: { ...MAIL_IN, MAIL_TRANSPORT: 'cloudflare' } });
      after(() => bound.close());
      const json = { name: 'Ada', email: 'bound@example.com', subject: 'By the binding', message: 'Why?' };
      const ticket = await send(`${bound.host.url}/support/tickets`, { method: 'POST', json });
      const told = await until('the mail', () => bound.host.log().split('send_email binding called').find((part) => part.includes('bound@example.com')));
      for (const part of [/From: "?Client Portal Plus"? <licenses@example\.com>/, /We have your request/]) assert.match(told, part);
      const [text, page] = await Promise.all(['Text', 'HTML'].map((part) => readFile(new RegExp(`${part}: (\\S+)`).exec(told)[1], 'utf8')));
      for (const part of [text, page]) assert.ok(part.includes(ticket.json().url), part);
    });

    test('Cloudflare brings mail by its event, and sends back what is not taken', async () => {
      const ticket = await ask();
      const bring = (raw, from) => send(`${shop.host.url}/cdn-cgi/handler/email?${new URLSearchParams({ from, to: ticket.to })}`, { method: 'POST', body: Buffer.from(raw) });
      const answer = await bring(message({ from: `Ada <${ticket.email}>`, to: ticket.to, text: 'By the event.' }), ticket.email);
      assert.equal(answer.status, 200, answer.text);
      assert.match(await read(ticket), /By the event\./);
      const refused = await bring(message({ from: 'Eve <eve@staff.example>', to: ticket.to, text: 'Staff here.' }), 'eve@staff.example');
      assert.match(refused.text, /Staff answer at the desk/);
      assert.ok(!(await read(ticket)).includes('Staff here.'));
    });
  }
});
