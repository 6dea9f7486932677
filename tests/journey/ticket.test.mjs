// Somebody asks for help: by a form that needs no script, no cookie and no account, or as a program does; and follows what
// became of it by a link.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { until } from '../hosts/project.mjs';
import { Visitor, forms } from '../hosts/visitor.mjs';
import { HOST, Shop, settle } from './shop.mjs';

const QUESTION = { name: 'Ada Asker', email: 'ada@example.com', subject: 'The portal is blank', message: 'After the update\nnothing is shown. <b>Why?</b>' };
const HEALTH = '`\n### wp-core ###\n\nversion: 6.8.1\nhome_url: https://private.example\n\n### wp-plugins-active (1) ###\n\nClient Portal Plus: version: 1.2.3, author: Us\n\n### wp-server ###\n\nphp_version: 8.2.10 64bit\n`';
/** A form is not taken from whoever fills it in faster than this. */
const TYPING_MS = 3_200;

describe(`tickets on the ${HOST} host`, () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const formOf = (page) => forms(page.text).find((form) => form.action === '/support/tickets');
  /** The support page with its form, as long after it was opened as somebody needs to fill it in. */
  async function opened() {
    const visitor = new Visitor(shop.host.url);
    const page = await visitor.open('/support/');
    assert.equal(page.status, 200);
    assert.ok(!('set-cookie' in page.headers), 'no cookie');
    await new Promise((done) => setTimeout(done, TYPING_MS));
    return { visitor, form: formOf(page) };
  }
  const ask = async (fields) => {
    const { visitor, form } = await opened();
    return { visitor, page: await visitor.submit(form, { ...QUESTION, ...fields }), form };
  };
  const post = (path, form, headers = { origin: shop.host.url }) => send(`${shop.host.url}${path}`, { method: 'POST', form, headers });
  const json = (body, headers = {}) => send(`${shop.host.url}/support/tickets`, { method: 'POST', json: body, headers });
  const mailsTo = async (to) => (await shop.host.mails()).filter((mail) => mail.to === to);

  test('a question becomes a ticket with a number and a page of its own', async () => {
    const { visitor, page } = await ask({ site_health: HEALTH, category: 'bug' });
    assert.match(new URL(visitor.url).pathname, /^\/support\/t\/CPP-[0-9A-HJKMNP-TV-Z]{6}\/[0-9a-f]{32}$/);
    assert.match(page.text, /The portal is blank/);
    assert.ok(page.text.includes('&lt;b&gt;Why?&lt;/b&gt;') && !page.text.includes('<b>Why?'), 'text stays text');
    assert.match(page.headers['cache-control'], /no-store/);
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.match(page.headers['x-robots-tag'], /noindex/);

    const [number] = /CPP-[0-9A-Z]{6}/.exec(visitor.url);
    const [mail] = await until('the confirmation', async () => (await mailsTo('ada@example.com'))[0] && mailsTo('ada@example.com'));
    assert.equal(mail.subject, `[${number}] We have your request`);
    assert.ok(mail.text.includes(visitor.url.split('?')[0]), 'with the link');
    assert.ok(!mail.text.includes('blank') && !mail.text.includes('Ada'), 'anybody can type any address: nothing of what was sent goes there');
    const staff = await until('the mail to staff', async () => (await mailsTo('eve@staff.example'))[0]);
    assert.equal(staff.subject, `[${number}] The portal is blank`);
    for (const part of ['After the update\nnothing is shown.', 'Ada Asker <ada@example.com>', 'plugin 1.2.3', 'WordPress 6.8.1', 'PHP 8.2.10']) {
      assert.ok(staff.text.replaceAll('\r\n', '\n').includes(part), `${part} in ${staff.text}`);
    }
    assert.ok(!staff.text.includes('private.example'), 'of a site report nothing is kept but versions');
  });

  test('it is followed, answered, closed and opened again by its link', async () => {
    const { visitor } = await ask({ email: 'grace@example.com' });
    const path = new URL(visitor.url).pathname;
    const by = (end) => forms(visitor.page.text).find((form) => form.action.endsWith(end));
    await visitor.submit(by('/reply'), { message: 'It works with another theme.' });
    assert.match(visitor.page.text, /It works with another theme\./);
    await visitor.submit(by('/close'));
    assert.match(visitor.page.text, /closed/);
    await visitor.submit(by('/reopen'));
    assert.match(visitor.page.text, /it is for us to answer/);
    await settle();
    assert.equal((await mailsTo('eve@staff.example')).filter((mail) => mail.text.includes('grace@example.com')).length, 2);

    const empty = await post(`${path}/reply`, { message: '  ' });
    assert.equal(empty.status, 422);
    const [, , , number, code] = path.split('/');
    const other = code.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    const wrong = await Promise.all([`/support/t/${number}/${other}`, `/support/t/CPP-000000/${code}`, `/support/t/x/${code}`].map((way) => send(`${shop.host.url}${way}`)));
    assert.deepEqual(wrong.map(({ status }) => status), [404, 404, 404]);
    assert.equal(new Set(wrong.map(({ text }) => text)).size, 1, 'whether there is such a ticket is not told');
    assert.equal((await post(`${path}/close`, {}, { origin: 'https://elsewhere.example' })).status, 403);
  });

  test('a form sent twice is one ticket; another text by the same form is none', async () => {
    const { visitor, form } = await ask({ email: 'twice@example.com' });
    const first = new URL(visitor.url).pathname;
    const again = await post('/support/tickets', { ...form.fields, ...QUESTION, email: 'twice@example.com' });
    assert.equal(new URL(again.headers.location, shop.host.url).pathname, first);
    for (const other of [{ message: 'Something else' }, { email: 'another@example.com' }]) {
      const answer = await post('/support/tickets', { ...form.fields, ...QUESTION, email: 'twice@example.com', ...other });
      assert.equal(answer.status, 422);
      assert.match(answer.text, /sent before/);
    }
    await settle();
    assert.equal((await mailsTo('twice@example.com')).length, 1);
    assert.equal((await mailsTo('another@example.com')).length, 0);
  });

  test('all that is wrong is told at once, beside its field, with what was typed', async () => {
    const { form } = await opened();
    const answer = await post('/support/tickets', { ...form.fields, name: ' ', email: 'nobody', subject: 'x'.repeat(151), message: '', category: 'praise', license_key: 'CPP-1234' });
    assert.equal(answer.status, 422);
    for (const field of ['name', 'email', 'subject', 'message', 'category', 'license_key']) {
      assert.ok(answer.text.includes(`href="#${field}"`), `${field} in the list`);
      assert.ok(answer.text.includes(`id="${field}-problem"`), `${field} beside its field`);
    }
    assert.equal(answer.text.match(/aria-invalid="true"/g).length, 6);
    assert.ok(answer.text.includes('value="nobody"') && answer.text.includes('CPP-1234'), 'what was typed is still there');
    const fast = await post('/support/tickets', { ...formOf(answer).fields, ...QUESTION });
    assert.match(fast.text, /faster than anybody types/);
    assert.match((await post('/support/tickets', QUESTION)).text, /could not be recognised/);
    assert.equal((await post('/support/tickets', QUESTION, { origin: 'https://elsewhere.example' })).status, 403);
  });

  test('card numbers and passwords are masked before anything is stored, and the sender is told', async () => {
    const key = await shop.buy({ email: 'masked@example.com' }).then(({ key }) => key);
    const { page } = await ask({ email: 'masked@example.com', subject: 'Card ４２４２ ４２４２ ４２４２ ４２４２', message: `My card is 4242-4242 4242.4242\ndefine('DB_PASSWORD', 'hunter22');\nOrder cs_test_a1b2c3 with ${key}`, license_key: key.toLowerCase() });
    assert.match(page.text, /was masked/);
    const staff = await until('the mail to staff', async () => (await mailsTo('eve@staff.example')).find((mail) => mail.text.includes('masked@example.com')));
    for (const text of [page.text, staff.text, staff.subject]) {
      assert.ok(!/4242|４２４２|hunter22/.test(text), text);
    }
    assert.ok(staff.text.includes('cs_test_a1b2c3'), 'the number of an order is no card');
    assert.ok(staff.text.includes(`ends in ${key.split('-').at(-1)}`), staff.text);
  });

  test('a program that fills in what nobody sees is let go, and nobody hears of it', async () => {
    const { page } = await ask({ email: 'robot@example.com', website: 'https://spam.example' });
    assert.equal(page.status, 200);
    await settle();
    assert.equal((await mailsTo('robot@example.com')).length, 0);
    assert.ok(!(await shop.host.mails()).some((mail) => mail.text.includes('robot@example.com')));
  });

  test('a program asks with JSON, and may ask twice', async () => {
    const body = { ...QUESTION, email: 'json@example.com' };
    const headers = { 'idempotency-key': 'order-17' };
    const first = await json(body, headers);
    assert.equal(first.status, 201, first.text);
    const { number, url } = first.json();
    assert.match(number, /^CPP-[0-9A-Z]{6}$/);
    assert.equal((await send(url)).status, 200);
    assert.deepEqual((await json(body, headers)).json(), { number, url });
    assert.equal((await json({ ...body, message: 'Other' }, headers)).status, 409);
    assert.notEqual((await json(body)).json().number, number);
    const bad = await json({ ...body, email: 'x', subject: '' });
    assert.equal(bad.status, 422);
    assert.deepEqual(bad.json().errors.map(({ field }) => field).sort(), ['email', 'subject']);
    for (const text of ['{', '[]', '{"name":"a"}', JSON.stringify({ ...body, phone: '1' }), '{"name":"a","name":"b"}']) {
      const answer = await send(`${shop.host.url}/support/tickets`, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } });
      assert.equal(answer.status, 400, text);
    }
  });

  test('tickets are still there after a restart', async () => {
    const { visitor } = await ask({ email: 'later@example.com' });
    const path = visitor.url;
    await shop.restart();
    const page = await send(`${shop.host.url}${new URL(path).pathname}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /nothing is shown/);
  });
});
