// What holders are told: that a release closes a hole and that the policy changes, once, to everybody whom it concerns; and
// that a license ends, on its days. A run that is broken off goes on where it was.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import * as native from '../hosts/native.mjs';
import { AT, SECRETS, SITE_BINARY, copyOfProject, until } from '../hosts/project.mjs';
import { Shop, settle } from './shop.mjs';

/** A release of today that closes a hole. */
const RELEASE = `---
version: 1.0.1
date: ${AT.slice(0, 10)}
security: true
requires: "6.1"
tested: "6.9"
requires_php: "7.4"
---

Closes a hole.
`;

const desk = (data, at) => execFileSync(SITE_BINARY, ['desk', '--data-dir', data, '--at', at], { encoding: 'utf8', env: { ...process.env, ...SECRETS } });

describe('a release that closes a hole', () => {
  let shop;
  const people = ['ada@example.com', 'grace@example.com', 'edsger@example.com'];
  before(async () => {
    const root = await copyOfProject();
    shop = await Shop.open({ root });
    for (const email of people) await shop.buy({ email });
    const [, , refunded] = [...shop.stripe.sessions.keys()];
    await shop.deliver(shop.stripe.events.refunded(refunded));
    // The desk hears of a vault a moment after its purchase.
    await settle();
    await writeFile(join(root, 'content/releases/1.0.1.md'), RELEASE);
    await until('the release', async () => (await send(`${shop.host.url}/changelog/`)).text.includes('1.0.1'));
  });
  after(() => shop.close());

  const told = async () => (await shop.host.mails()).filter((mail) => mail.subject === 'Security update: Client Portal Plus 1.0.1');
  const tick = () => send(`${shop.host.url}/__dev/tick`, { method: 'POST' });

  test('is told to each holder whose license counts, and to nobody else', async () => {
    await tick();
    await until('two mails', async () => (await told()).length === 2);
    assert.deepEqual((await told()).map((mail) => mail.to).sort(), people.slice(0, 2).sort());
    const [mail] = await told();
    assert.match(mail.text, /\/changelog\//);
  });

  test('is told once, however often the host looks and is started again', async () => {
    await tick();
    await shop.restart();
    await tick();
    await settle();
    assert.equal((await told()).length, 2);
  });

  test('has its progress at the desk', async () => {
    await shop.host.stop();
    assert.match(desk(shop.host.data, AT), /release\/client-portal-plus\/1\.0\.1: done, 3 asked, 2 mailed/);
    await shop.restart();
  });
});

describe('a new version of the policy', () => {
  const [before_it, its_day] = ['2026-11-29T09:00:00Z', '2026-11-30T09:00:00Z'];
  let shop;
  before(async () => {
    const root = await copyOfProject();
    shop = await Shop.open({ root, at: before_it });
    for (const email of ['ada@example.com', 'grace@example.com']) await shop.buy({ email });
    await settle();
  });
  after(() => shop.close());

  const told = async () => (await shop.host.mails()).filter((mail) => mail.subject === 'Our privacy policy changes on 2027-03-01');
  const tick = () => send(`${shop.host.url}/__dev/tick`, { method: 'POST' });

  test('is told to each holder on the day it is published, with the way to what changes', async () => {
    await tick();
    await settle();
    assert.deepEqual(await told(), [], 'not before its day');
    await shop.restart({ at: its_day });
    await until('the new version', async () => (await send(`${shop.host.url}/privacy/2027-03-01/`)).status === 200);
    await tick();
    await until('two mails', async () => (await told()).length === 2);
    assert.deepEqual((await told()).map((mail) => mail.to).sort(), ['ada@example.com', 'grace@example.com']);
    const [mail] = await told();
    const link = /\/privacy\/2027-03-01\/$/m.exec(mail.text);
    assert.ok(link, mail.text);
    const page = await send(`${shop.host.url}${link[0]}`);
    assert.equal(page.status, 200);
    assert.match(page.text, /2027-03-01/);
  });

  test('is told once, and not to who buys when it is published already', async () => {
    await shop.buy({ email: 'edsger@example.com' });
    await settle();
    await tick();
    await shop.restart();
    await tick();
    await settle();
    assert.equal((await told()).length, 2);
  });

  test('has its progress at the desk', async () => {
    await shop.host.stop();
    assert.match(desk(shop.host.data, its_day), /policy\/2027-03-01: done, 2 asked, 2 mailed/);
    await shop.restart();
  });
});

describe('a license that ends', () => {
  let shop;
  before(async () => {
    shop = await Shop.open();
    const { key } = await shop.buy();
    await shop.mailWith(key);
    await shop.host.stop();
  });
  after(() => shop.stripe.stop());

  const reminders = (mails) => mails.filter((mail) => mail.subject === 'Your license for Client Portal Plus ends on 2027-05-04');

  /** The host as it is on a later day, until it has had time to write. */
  async function on(day) {
    const host = await native.start({ env: shop.env, data: shop.host.data, at: `${day}T09:00:30Z` });
    try {
      await settle();
      return reminders(await host.mails()).length;
    } finally {
      await host.stop();
    }
  }

  test('is reminded of 30 and 7 days before, once each', async () => {
    assert.equal(await on('2027-04-03'), 0);
    assert.equal(await on('2027-04-04'), 1);
    assert.equal(await on('2027-04-05'), 1);
    assert.equal(await on('2027-04-26'), 1);
    assert.equal(await on('2027-04-27'), 2);
    assert.equal(await on('2027-05-05'), 2);
  });
});
