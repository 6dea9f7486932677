// Support from the first word to the last, in a browser and through a mail server: somebody asks without JavaScript, staff answer
// with the keyboard, the sender answers by mail, the request is closed and opened again. Then every page of it at three widths, in light and dark, before axe.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import nodemailer from 'nodemailer';
import { launch } from '../hosts/chromium.mjs';
import { send } from '../hosts/http.mjs';
import { MAIL_IN, handIn } from '../hosts/mail_in.mjs';
import { startMaildev } from '../hosts/maildev.mjs';
import { start } from '../hosts/native.mjs';
import { OUT, until } from '../hosts/project.mjs';

const SHOTS = join(OUT, 'screenshots');
const STAFF = 'staff@localhost.localdomain';
const TYPING_MS = 3_200;

let host;
let post;
let browser;
let axe;
before(async () => {
  await mkdir(SHOTS, { recursive: true });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  post = await startMaildev();
  host = await start({ env: { MAIL_TRANSPORT: post.url, ...MAIL_IN } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
  await post?.stop();
});

async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${host.url}/`) && !request.url().startsWith('data:')) complaints.push(`elsewhere: ${request.url()}`);
  });
  return { page, context, complaints, close: () => context.close() };
}

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

async function ask(page, { email, message = 'Nothing is shown.', files = [] }) {
  await page.goto(`${host.url}/support/`);
  await page.getByLabel('Your name', { exact: true }).fill('Ada Asker');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('What is it about?').selectOption('bug');
  await page.getByLabel('Subject').fill('The portal is blank');
  await page.getByLabel('Your message').fill(message);
  await page.getByLabel('Files (optional)').setInputFiles(files);
  await page.waitForTimeout(TYPING_MS);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.waitForURL('**/support/t/**');
  return /CPP-[0-9A-Z]{6}/.exec(page.url())[0];
}

const used = new Set();
async function signIn(page, to = '/desk/') {
  await page.goto(`${host.url}${to}`);
  await page.waitForURL('**/desk/sign-in**');
  await page.getByLabel('Email address').fill(STAFF);
  await page.keyboard.press('Enter');
  await page.getByText('Look into your mail').first().waitFor();
  const link = await until('the link', async () => (await post.mails()).filter((mail) => mail.to === STAFF)
    .map(({ text }) => /http\S+\/desk\/sign-in\/\S+/.exec(text)?.[0]).find((found) => found && !used.has(found)));
  used.add(link);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).press('Enter');
  await page.waitForURL(`**${to}`);
}

/** Somebody answers a mail with their own program: it goes out by SMTP, and the mail server that gets it hands it in. */
async function answerByMail(mail, text) {
  const program = nodemailer.createTransport(post.url);
  const quoted = mail.text.replace(/^/gm, '> ');
  const [to, inReplyTo] = [mail.headers['reply-to'], mail.headers['message-id']];
  await program.sendMail({ from: `Ada Asker <${mail.to}>`, to, inReplyTo, references: `${mail.headers.references} ${inReplyTo}`, subject: `Re: ${mail.subject}`, text: `${text}\n\nOn 4 May 2026, ${to} wrote:\n\n${quoted}` });
  const { raw } = await until('the answer at the mail server', async () => (await post.mails()).find((known) => known.to === to && known.text.includes(text)));
  const answer = await handIn(host, raw, { from: mail.to, to });
  assert.deepEqual(answer.json(), { taken: 'written' });
}

test('a question is asked without JavaScript, answered by mail and on the page, closed and opened again', async () => {
  const sender = await openPage({ javaScriptEnabled: false });
  const number = await ask(sender.page, { email: 'walk@example.com', files: [{ name: 'portal.png', mimeType: 'image/png', buffer: PNG }] });
  await sender.page.getByRole('link', { name: 'portal.png' }).waitFor();
  const staff = await openPage();
  await signIn(staff.page, `/desk/tickets/${number}`);
  const [file] = await Promise.all([staff.page.waitForEvent('download'), staff.page.getByRole('link', { name: 'portal.png' }).click()]);
  assert.equal(file.suggestedFilename(), 'portal.png');
  assert.deepEqual(await readFile(await file.path()), PNG);
  await staff.page.getByLabel('Answer or note').fill('Please clear the cache.');
  await staff.page.getByRole('button', { name: 'Send', exact: true }).press('Enter');
  await staff.page.getByText('Please clear the cache.').waitFor();
  await sender.page.reload();
  await sender.page.getByText('Please clear the cache.').waitFor();
  const mail = await until('the answer by mail', async () => (await post.mails()).find(({ to, text }) => to === 'walk@example.com' && text.includes('Please clear the cache.')));
  await answerByMail(mail, 'I did, and it is blank still.');
  await staff.page.reload();
  await staff.page.getByText('I did, and it is blank still.').first().waitFor();
  await staff.page.getByText('The whole mail').waitFor();
  await sender.page.reload();
  await sender.page.getByText('I did, and it is blank still.').waitFor();
  assert.equal(await sender.page.getByText('Please clear the cache.').count(), 1, 'what was quoted is not there twice');
  await sender.page.getByLabel('Write back').fill('That helped.');
  await sender.page.getByRole('button', { name: 'Send', exact: true }).click();
  await sender.page.getByText('That helped.').waitFor();
  await sender.page.getByRole('button', { name: 'Close this request' }).click();
  await sender.page.getByText('closed.').first().waitFor();
  await staff.page.reload();
  assert.equal(await staff.page.getByLabel('State').inputValue(), 'resolved');
  await sender.page.getByRole('button', { name: 'Open it again' }).click();
  await sender.page.getByRole('button', { name: 'Close this request' }).waitFor();
  assert.deepEqual([...sender.complaints, ...staff.complaints], []);
  await sender.close();
  await staff.close();
});

test('staff get through the inbox with the keyboard alone', async () => {
  const answer = await send(`${host.url}/support/tickets`, { method: 'POST', json: { name: 'Ada', email: 'keys@example.com', subject: 'By keyboard', message: 'Hello?' } });
  const { number } = answer.json();
  const { page, complaints, close } = await openPage();
  await signIn(page);
  await until('the ticket', async () => { await page.reload(); return page.getByRole('link', { name: 'By keyboard' }).count(); });
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      const reached = await page.evaluate((wanted) => {
        const element = document.activeElement;
        if (!element?.matches(wanted)) return null;
        const style = getComputedStyle(element);
        return { visible: style.outlineStyle !== 'none' || style.boxShadow !== 'none' };
      }, selector);
      if (reached) return assert.ok(reached.visible, `the focus on ${selector} can be seen`);
    }
    return assert.fail(`the keyboard never reaches ${selector}`);
  };
  await tabTo(`a[href="/desk/tickets/${number}"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/desk/tickets/${number}`);
  await tabTo('textarea[name="message"]');
  await page.keyboard.type('Hello.');
  await tabTo('button[value="resolve"]');
  await page.keyboard.press('Enter');
  await page.locator('.post-staff').waitFor();
  assert.equal(await page.getByLabel('State').inputValue(), 'resolved');
  assert.deepEqual(complaints, []);
  await close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [360, 768, 1440]) {
    test(`the pages of support fit ${width} px in ${colorScheme}, and axe finds nothing`, async () => {
      const { page, close } = await openPage({ colorScheme, viewport: { width, height: 900 } });
      const check = async (name) => {
        const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
        assert.ok(scroll <= client, `${name} is ${scroll - client} px too wide`);
        assert.equal(await page.locator('h1').count(), 1, `${name} has one main heading`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`), []);
        await page.screenshot({ path: join(SHOTS, `_desk_${name}-${width}-${colorScheme}.png`), fullPage: true });
      };
      await page.goto(`${host.url}/support/`);
      await check('form');
      await page.locator('form[action="/support/tickets"]').evaluate((form) => { form.noValidate = true; });
      await page.getByLabel('Your name', { exact: true }).fill('Ada');
      await page.getByLabel('Email address').fill('nobody');
      await page.waitForTimeout(TYPING_MS);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText('Nothing was sent yet.').waitFor();
      await check('slips');
      const email = `fits-${width}-${colorScheme}@example.com`;
      const number = await ask(page, { email, message: `A long word: ${'x'.repeat(300)}\nMy card is 4111 1111 1111 1111.`, files: [{ name: `${'long-name-'.repeat(9)}.png`, mimeType: 'image/png', buffer: PNG }, { name: 'debug.log', mimeType: 'text/plain', buffer: Buffer.from('PHP Fatal error') }] });
      await check('ticket-of-sender');
      await page.goto(`${host.url}/desk/sign-in`);
      await check('sign-in');
      await signIn(page);
      await until('the ticket', async () => { await page.reload(); return page.getByText(number).count(); });
      await check('inbox');
      await page.goto(`${host.url}/desk/tickets/${number}`);
      await page.getByLabel('Answer or note').fill('To be looked into.');
      await page.getByRole('button', { name: 'Keep as note' }).click();
      await page.getByText('a note for staff').waitFor();
      await check('ticket');
      await page.getByRole('link', { name: 'All about this person' }).click();
      await page.waitForURL('**/desk/people/**');
      await check('person');
      for (const room of ['attention', 'replies', 'log']) {
        await page.goto(`${host.url}/desk/${room}`);
        await check(room);
      }
      await close();
    });
  }
}
