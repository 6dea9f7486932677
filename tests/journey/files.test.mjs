// Files with a question: taken by what they are, sealed before they are stored, handed out to be saved, gone with the ticket.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { multipart, send } from '../hosts/http.mjs';
import { MAIL_IN, handIn, message } from '../hosts/mail_in.mjs';
import { until } from '../hosts/project.mjs';
import { Visitor, forms } from '../hosts/visitor.mjs';
import { HOST, Shop } from './shop.mjs';

const QUESTION = { name: 'Ada Asker', email: 'ada@example.com', subject: 'It looks odd', message: 'See the picture.', category: 'bug' };
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('a picture of the portal\r\n--\r\n\0\xff', 'latin1')]);
/** An archive that says it holds a great deal more than it has bytes. */
const BOMB = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(1 << 20)]);
const TYPING_MS = 3_200;

describe(`files on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open({ env: MAIL_IN }); });
  after(() => shop.close());

  const post = (path, fields, files) => send(new URL(path, shop.host.url).href, multipart(shop.host.url, fields, files));

  async function opened() {
    const visitor = new Visitor(shop.host.url);
    const page = await visitor.open('/support/');
    assert.match(page.text, /<form[^>]*enctype="multipart\/form-data"/);
    await new Promise((done) => setTimeout(done, TYPING_MS));
    return forms(page.text).find((form) => form.action === '/support/tickets').fields;
  }
  let people = 0;
  async function ask(files, more = {}) {
    people += 1;
    const fields = { ...await opened(), ...QUESTION, email: `ada${people}@example.com`, ...more };
    return { fields, answer: await post('/support/tickets', fields, files) };
  }
  const follow = async (answer) => {
    assert.equal(answer.status, 303, answer.text.slice(0, 2000));
    const address = new URL(answer.headers.location, shop.host.url).href;
    return { address, page: await send(address) };
  };
  const linksIn = (text) => [...text.matchAll(/href="([^"]*\/files\/[0-9a-f]{32})"[^>]*>([^<]*)</g)].map(([, href, name]) => ({ href, name }));
  const save = ({ href }) => send(new URL(href, shop.host.url).href);

  test('a picture is sent, sealed, and saved again by its sender and by staff, and by nobody else', async () => {
    const { answer } = await ask([{ name: 'portal.png', type: 'image/png', bytes: PNG }]);
    const { address, page } = await follow(answer);
    const [link] = linksIn(page.text);
    assert.equal(link.name, 'portal.png');
    const saved = await save(link);
    assert.equal(saved.status, 200);
    assert.equal(saved.text, PNG.toString('utf8'), 'to the byte');
    assert.equal(Number(saved.headers['content-length'] ?? PNG.length), PNG.length);
    assert.equal(saved.headers['content-type'], 'application/octet-stream');
    assert.match(saved.headers['content-disposition'], /^attachment; filename="portal\.png"/);
    assert.equal(saved.headers['x-content-type-options'], 'nosniff');
    assert.match(saved.headers['content-security-policy'], /sandbox/);
    assert.match(saved.headers['cache-control'], /no-store/);

    const sealed = Object.values(await shop.host.files());
    assert.ok(sealed.length > 0 && sealed.every((bytes) => !bytes.includes('picture of the portal')), 'what is stored says nothing');
    assert.ok(!Object.keys(await shop.host.files()).some((name) => /portal|CPP/.test(name)));

    const staff = await shop.signIn();
    const [, number] = /(CPP-[0-9A-Z]{6})/.exec(address);
    const [atTheDesk] = linksIn((await staff.open(`/desk/tickets/${number}`)).text);
    assert.equal((await staff.open(atTheDesk.href)).text, PNG.toString('utf8'));
    assert.equal((await save(atTheDesk)).status, 303, 'not without a session');
    assert.match((await staff.open('/desk/log')).text, /saved a file of a ticket/);
    const other = link.href.replace(/\/t\/CPP-[0-9A-Z]{6}\/[0-9a-f]/, (found) => found.slice(0, -1) + (found.endsWith('0') ? '1' : '0'));
    assert.equal((await save({ href: other })).status, 404);
    assert.equal((await save({ href: link.href.replace(/.{32}$/, '0'.repeat(32)) })).status, 404);
  });

  test('a form sent twice is one ticket with one file', async () => {
    const files = [{ name: 'a.txt', bytes: 'once' }];
    const { fields, answer } = await ask(files);
    const before = Object.keys(await shop.host.files()).length;
    const again = await post('/support/tickets', fields, files);
    assert.equal((await follow(again)).address, (await follow(answer)).address);
    assert.equal(linksIn((await follow(again)).page.text).length, 1);
    assert.equal(Object.keys(await shop.host.files()).length, before);
    const other = await post('/support/tickets', fields, [{ name: 'a.txt', bytes: 'another' }]);
    assert.equal(other.status, 422);
    assert.match(other.text, /sent before/);
  });

  test('an answer brings files too, by the page and by mail', async () => {
    const { answer, fields } = await ask([{ name: '', bytes: '' }]);
    const { address } = await follow(answer);
    const path = new URL(address).pathname;
    const replied = await follow(await post(`${path}/reply`, { message: 'Here it is.' }, [{ name: 'debug.log', bytes: 'PHP Fatal error\ndefine("DB_PASSWORD", "hunter22");\n' }]));
    assert.match(replied.page.text, /was masked/);
    const [log] = linksIn(replied.page.text);
    const saved = await save(log);
    assert.match(saved.text, /PHP Fatal error/);
    assert.ok(!saved.text.includes('hunter22'), 'a password in a log is masked');
    const mail = await until('the confirmation', async () => (await shop.host.mails()).find(({ to }) => to === fields.email));
    const text = `--b\nContent-Type: text/plain\n\nAnd a picture.\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename="by mail.png"\nContent-Transfer-Encoding: base64\n\n${PNG.toString('base64')}\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="run.exe"\nContent-Transfer-Encoding: base64\n\nTVqQAAM=\n--b--`;
    const raw = message({ from: `Ada <${fields.email}>`, to: mail.reply_to ?? mail.headers['reply-to'], headers: { 'Content-Type': 'multipart/mixed; boundary=b' }, text });
    assert.deepEqual((await handIn(shop.host, raw)).json(), { taken: 'written' });
    const page = await send(`${shop.host.url}${path}`);
    assert.match(page.text, /were not kept: run\.exe/);
    const picture = linksIn(page.text).find(({ name }) => name === 'by mail.png');
    assert.equal((await save(picture)).text, PNG.toString('utf8'));
  });

  test('what is no file of a known kind, too much or too many is told beside the field, and nothing is stored', async () => {
    const before = Object.keys(await shop.host.files());
    const refused = async (files, reason) => {
      const { answer } = await ask(files);
      assert.equal(answer.status, 422, answer.text.slice(0, 300));
      assert.match(answer.text, reason);
      assert.match(answer.text, /id="files"[^>]*aria-invalid="true"/);
      assert.match(answer.text, /See the picture\./);
      return answer;
    };
    const kind = /each has to be what its name says/;
    for (const [name, bytes] of [['a.png', '<svg onload="alert(1)">'], ['a.svg', '<svg onload="alert(1)">'], ['a.html', '<script>alert(1)</script>'], ['a.txt', 'MZ\0\0'], ['a.exe', 'MZ'], ['a.png.exe', PNG], ['noend', PNG]]) {
      await refused([{ name, bytes }], kind);
    }
    await refused(Array.from({ length: 4 }, (_, at) => ({ name: `${at}.txt`, bytes: 'x' })), /At most three files/);
    await refused([{ name: 'a.txt', bytes: Buffer.alloc(3 << 20, 'x') }, { name: 'b.txt', bytes: Buffer.alloc((2 << 20) + 1, 'x') }], /At most 5 MiB/);
    const huge = await ask([{ name: 'a.txt', bytes: Buffer.alloc(7 << 20, 'x') }]);
    assert.equal(huge.answer.status, 413);
    assert.deepEqual(Object.keys(await shop.host.files()), before);
    const both = await ask([{ name: 'a.exe', bytes: 'MZ' }], { message: '', email: 'nobody' });
    for (const field of ['files', 'message', 'email']) assert.ok(both.answer.text.includes(`href="#${field}"`), `${field} in the list`);
  });

  test('a name that hides, breaks out or leads elsewhere is harmless, and an archive is not opened', async () => {
    const { answer } = await ask([
      { name: '../../etc/pass\u202Egnp.txt', bytes: 'x' }, { name: '%22;x=<b>.txt', bytes: 'y' }, { name: 'bomb.zip', bytes: BOMB },
    ]);
    const { page } = await follow(answer);
    const links = linksIn(page.text);
    assert.deepEqual(links.map(({ name }) => name).sort(), ['%22;x=&lt;b&gt;.txt', 'bomb.zip', 'passgnp.txt'].sort());
    const saved = await Promise.all(links.map(save));
    for (const { status, headers } of saved) {
      assert.equal(status, 200);
      assert.match(headers['content-disposition'], /^attachment; filename="[^"\\<>/]*"; filename\*=UTF-8''[0-9A-Za-z._%-]*$/);
    }
    const sealed = Object.values(await shop.host.files()).map((bytes) => bytes.length);
    assert.ok(Math.max(...sealed) < BOMB.length + 100, 'an archive takes the room it has');
  });

  test('a form that is broken is refused, and one without files is taken as before', async () => {
    const type = { 'content-type': 'multipart/form-data; boundary=b', origin: shop.host.url };
    for (const body of ['', '--b', '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n', 'x'.repeat(10_000), `--b\r\n${'a: b\r\n'.repeat(5_000)}\r\n`]) {
      const answer = await send(`${shop.host.url}/support/tickets`, { method: 'POST', body, headers: type });
      assert.ok([400, 422].includes(answer.status), `${answer.status} for ${body.slice(0, 20)}`);
    }
    const none = await send(`${shop.host.url}/support/tickets`, { method: 'POST', body: 'x', headers: { ...type, 'content-type': 'multipart/form-data' } });
    assert.equal(none.status, 400);
    const many = await post('/support/tickets', Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, 'x'])), []);
    assert.equal(many.status, 400);
    const plain = await send(`${shop.host.url}/support/tickets`, { method: 'POST', form: { ...await opened(), ...QUESTION, email: 'plain@example.com' }, headers: { origin: shop.host.url } });
    assert.equal(plain.status, 303);
  });

  if (HOST === 'native') {
    test('files go with their ticket, two years after it was closed', async () => {
      const own = await Shop.open({ env: MAIL_IN });
      after(() => own.close());
      const was = shop;
      shop = own;
      const { answer } = await ask([{ name: 'portal.png', bytes: PNG }]);
      const path = new URL((await follow(answer)).address).pathname;
      assert.equal((await send(`${own.host.url}${path}/close`, { method: 'POST', form: {}, headers: { origin: own.host.url } })).status, 303);
      shop = was;
      assert.equal(Object.keys(await own.host.files()).length, 1);
      await own.restart({ at: '2028-05-10T09:00:00Z' });
      await until('the files to go', async () => Object.keys(await own.host.files()).length === 0);
      assert.equal((await send(`${own.host.url}${path}`)).status, 404);
    });
  }
});
