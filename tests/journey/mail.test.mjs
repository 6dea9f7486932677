// Mail through a real mail server: two parts, threads, a server that is away for a while, one that refuses for good.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { startMaildev } from '../hosts/maildev.mjs';
import { freePort, until } from '../hosts/project.mjs';
import { Visitor, forms } from '../hosts/visitor.mjs';
import { Shop, settle } from './shop.mjs';

const EVE = 'eve@staff.example';
const MAIL_IN_SECRET = 'mail-in-secret-of-the-tests';

async function ask(shop, fields = {}) {
  const json = { name: 'Ada Asker', email: 'ada@example.com', subject: 'The portal is blank', message: 'Why?', ...fields };
  const answer = await send(`${shop.host.url}/support/tickets`, { method: 'POST', json });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
}

/** Signs somebody of the staff in, by the link that `mails` brings. */
async function signedIn(shop, mails) {
  const visitor = new Visitor(shop.host.url);
  await visitor.open('/desk/sign-in');
  await visitor.post('/desk/sign-in', { email: EVE, to: '/desk/' });
  const link = await until('the link', async () => {
    const mail = (await mails()).find(({ subject }) => subject === 'Sign in to the desk');
    return mail && /http\S+\/desk\/sign-in\/\S+/.exec(mail.text)[0];
  });
  await visitor.open(link);
  await visitor.submit(forms(visitor.page.text).find(({ action }) => action.startsWith('/desk/sign-in/')));
  return visitor;
}

describe('mail through a mail server', () => {
  let [server, shop] = [];
  const mailsTo = async (to) => (await server.mails()).filter((mail) => mail.to.includes(to));
  before(async () => {
    server = await startMaildev();
    shop = await Shop.open({ env: { MAIL_TRANSPORT: server.url, MAIL_IN_SECRET } });
  });
  after(async () => { await shop.close(); await server.stop(); });

  test('a license comes as text and as a page that say the same, written by a program', async () => {
    const { key } = await shop.buy({ email: 'buyer@example.com' });
    const [mail] = await until('the license', async () => { const mails = await mailsTo('buyer@example.com'); return mails[0] && mails; });
    assert.ok(mail.text.includes(key), mail.text);
    assert.match(mail.headers['content-type'], /^multipart\/alternative/);
    assert.match(mail.raw, /Content-Type: text\/html; charset=utf-8/);
    const page = mail.html;
    assert.ok(page.includes(`>${key}</p>`), page);
    assert.ok(!/<img|src=|<link|<script|url\(/.test(page), 'it loads nothing');
    assert.equal(mail.headers['auto-submitted'], 'auto-generated');
    assert.match(mail.headers['message-id'], /^<[0-9a-f]{32}@example\.com>$/);
    assert.ok(!('reply-to' in mail.headers), 'there is no conversation');
  });

  test('mails of a ticket are one conversation, and an answer goes to an address that only we can make', async () => {
    const { number } = await ask(shop);
    const visitor = await signedIn(shop, server.mails);
    await visitor.open(`/desk/tickets/${number}`);
    const form = forms(visitor.page.text).find(({ action }) => action.endsWith('/write'));
    await visitor.submit(form, { message: 'Which version is it?' }, form.buttons.find(({ then }) => then === 'send'));
    const [confirmation, answer] = await until('both mails', async () => { const mails = await mailsTo('ada@example.com'); return mails.length === 2 && mails; });
    const short = number.split('-')[1].toLowerCase();
    for (const mail of [confirmation, answer]) {
      assert.match(mail.headers['reply-to'], new RegExp(`^licenses\\+${short}\\.[0-9a-z]{16}@example\\.com$`));
      assert.match(mail.headers.references, new RegExp(`^<ticket\\+${short}\\.[0-9a-z]{16}@example\\.com>$`));
      assert.equal(mail.headers['in-reply-to'], mail.headers.references);
      assert.ok(mail.text.startsWith('-- Please write your answer above this line --'), mail.text);
    }
    assert.equal(confirmation.headers.references, answer.headers.references);
    assert.notEqual(confirmation.headers['message-id'], answer.headers['message-id']);
    assert.equal(confirmation.headers['auto-submitted'], 'auto-generated');
    assert.ok(!('auto-submitted' in answer.headers), 'a person wrote it');
  });
});

describe('a mail server that is away', () => {
  test('what was to be sent is sent once it is back, and once', async () => {
    const port = await freePort();
    const shop = await Shop.open({ env: { MAIL_TRANSPORT: `smtp://127.0.0.1:${port}` } });
    await ask(shop);
    await until('a try that failed', () => shop.host.log().includes('job-failed job=mail-ticket'));
    const server = await startMaildev({ port });
    // The next try comes within half a minute.
    const mail = await until('the mail', async () => (await server.mails()).find(({ to }) => to.includes('ada@example.com')), 90);
    assert.match(mail.subject, /We have your request/);
    await settle();
    assert.equal((await server.mails()).filter(({ to }) => to.includes('ada@example.com')).length, 1);
    await shop.close();
    await server.stop();
  });
});

describe('a mail server that refuses an address for good', () => {
  /** As much of SMTP as it takes to refuse: RFC 5321. */
  function startRefusing(refused) {
    const taken = [];
    const server = createServer((socket) => {
      const say = (line) => socket.write(`${line}\r\n`);
      let [rest, to, data] = ['', '', null];
      say('220 refusing.example ESMTP');
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        rest += chunk;
        for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 2);
          if (data !== null) {
            if (line !== '.') { data += `${line}\n`; continue; }
            taken.push({ to, data });
            data = null;
            say('250 taken');
          } else if (/^(EHLO|HELO)/i.test(line)) say('250 refusing.example');
          else if (/^RCPT/i.test(line)) {
            to = /<([^>]*)>/.exec(line)[1];
            say(refused.has(to) ? '550 5.1.1 no such mailbox' : '250 fine');
          } else if (/^DATA/i.test(line)) { data = ''; say('354 go on'); } else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); } else say('250 fine');
        }
      });
    });
    return new Promise((done) => server.listen(0, '127.0.0.1', () => done({
      url: `smtp://127.0.0.1:${server.address().port}`, taken, refused, stop: () => new Promise((closed) => { server.close(closed); }),
    })));
  }

  test('one of the staff who cannot be reached keeps no other from hearing of a question', async () => {
    for (const unreachable of ['eve@staff.example', 'Bob@staff.example']) {
      const server = await startRefusing(new Set([unreachable]));
      const shop = await Shop.open({ env: { MAIL_TRANSPORT: server.url } });
      await ask(shop);
      const other = unreachable.startsWith('eve') ? 'Bob@staff.example' : 'eve@staff.example';
      await until('the mail to the other', () => server.taken.some(({ to }) => to === other));
      await until('the refusal', () => shop.host.log().includes('job-failed job=mail-staff why="mail is refused'));
      await settle();
      assert.equal(server.taken.filter(({ to }) => to === other).length, 1, 'once');
      await shop.close();
      await server.stop();
    }
  });

  test('it is tried once, staff see it, and may have it tried again', async () => {
    const server = await startRefusing(new Set(['nobody@example.com']));
    const shop = await Shop.open({ env: { MAIL_TRANSPORT: server.url } });
    await ask(shop, { email: 'nobody@example.com' });
    await until('the refusal', () => shop.host.log().includes('job-failed job=mail-ticket why="mail is refused: answered 550"'));
    assert.ok(!shop.host.log().includes('nobody@'), 'no address in the log');
    const { parseMail } = await import('../hosts/mail.mjs');
    const visitor = await signedIn(shop, async () => server.taken.map(({ data }) => parseMail(Buffer.from(data))));
    const page = await until('it among what needs a look', async () => {
      const { text } = await visitor.open('/desk/attention');
      return /1 to <a href="\/desk\/people\/[0-9a-f]+"/.test(text) && text;
    });
    await visitor.open(/1 to <a href="([^"]+)"/.exec(page)[1]);
    assert.match(visitor.page.text, /mail-ticket, given up/);
    server.refused.clear();
    await visitor.submit(forms(visitor.page.text).find(({ action }) => action.endsWith('/outbox')));
    await until('the mail', () => server.taken.some(({ to }) => to === 'nobody@example.com'));
    await until('an end of it', async () => !/given up/.test((await visitor.open(new URL(visitor.url).pathname)).text));
    await shop.close();
    await server.stop();
  });
});
