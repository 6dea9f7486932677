// The promises of conduct in the published policy, held against the running host. The names of these tests stand in the
// contract of the policy, and each has a twin that plants a defect and sees it found.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { ROOT, SITE_DIR } from '../hosts/project.mjs';
import { Shop } from '../journey/shop.mjs';
import * as promise from './checks.mjs';

const openapi = JSON.parse(await readFile(join(ROOT, 'edge/openapi.json'), 'utf8'));
const { register } = JSON.parse(await readFile(join(SITE_DIR, 'privacy/record.json'), 'utf8'));
const sitemap = await readFile(join(SITE_DIR, 'sitemap.xml'), 'utf8');
const PAGES = [...sitemap.matchAll(/<loc>https?:\/\/[^/]+([^<]*)<\/loc>/g)].map(([, path]) => path);
const ROUTES = Object.entries(openapi.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => ({ path, method: method.toUpperCase() })));
const EMAIL = 'info@clientportalplugin.com';
const BUYER = { name: 'Ottilie Kestrel', email: 'ottilie.kestrel@example.com' };
const formHosts = register.processors.flatMap(({ form_hosts }) => form_hosts);

let shop;
let pages;
let key;
/** Every page and every route, asked by somebody who has nothing. */
let answers;
before(async () => {
  assert.ok(PAGES.length >= 6 && ROUTES.length >= 5, 'the site and the interface are there');
  shop = await Shop.open();
  const session = await shop.openSession();
  shop.stripe.pay(session, BUYER);
  await shop.deliver(shop.stripe.events.completed(session));
  ({ key } = await shop.successPage(session));
  const ask = async (path, options) => ({ path, ...await send(shop.host.url + path, options) });
  pages = await Promise.all(PAGES.map((path) => ask(path)));
  answers = [...pages, ...await Promise.all(ROUTES.map(({ path, method }) => ask(path, { method })))];
});
after(() => shop?.close());

const SECURE_SITE = 'https://shop.example';

test('promise: everything is asked for by HTTPS', async () => {
  const secure = await Shop.open({ env: { SITE_URL: SECURE_SITE } });
  try {
    const clear = await Promise.all([...PAGES, ...ROUTES.map(({ path }) => path)].map(async (path) => ({ path, ...await send(secure.host.url + path) })));
    assert.deepEqual(promise.https(clear, SECURE_SITE), []);
  } finally {
    await secure.close();
  }
});

test('promise: nobody without a key or a payment session is shown anything of a buyer', () => {
  assert.deepEqual(promise.restricted(answers, [BUYER.name, BUYER.email, key]), []);
});

test('promise: looking sets no cookie', async () => {
  assert.deepEqual(promise.noCookies(answers), []);
  const round = await Promise.all(Array.from({ length: 1_000 / PAGES.length }, () => PAGES).flat().map(async (path) => ({ path, ...await send(shop.host.url + path) })));
  assert.deepEqual(promise.noCookies(round), []);
});

test('promise: pages load nothing from elsewhere and send forms to declared processors only', () => {
  assert.deepEqual(promise.nothingElsewhere(pages, formHosts), []);
});

test('promise: no page asks for a card', () => {
  assert.deepEqual(promise.noCardFields(answers), []);
});

test('promise: every page names the contacts', () => {
  assert.deepEqual(promise.contacts(pages, EMAIL), []);
});

test('promise: a planted defect of each kind is found', () => {
  const [page] = pages;
  const policy = page.headers['content-security-policy'];
  const good = { path: '/', status: 308, headers: { location: `${SECURE_SITE}/`, 'strict-transport-security': 'max-age=63072000' } };
  assert.deepEqual(promise.https([good], SECURE_SITE), []);
  const planted = [
    () => promise.https([{ ...good, status: 200 }], SECURE_SITE),
    () => promise.https([{ ...good, headers: { ...good.headers, location: 'http://shop.example/' } }], SECURE_SITE),
    () => promise.https([{ ...good, headers: { location: good.headers.location } }], SECURE_SITE),
    () => promise.https([{ ...good, headers: { ...good.headers, 'strict-transport-security': 'max-age=3600' } }], SECURE_SITE),
    () => promise.restricted([{ ...page, text: `${page.text}${BUYER.email}` }], [BUYER.email]),
    () => promise.noCookies([{ ...page, headers: { ...page.headers, 'set-cookie': 'id=1' } }]),
    () => promise.nothingElsewhere([{ ...page, headers: { 'content-security-policy': policy.replace('form-action', 'form-action https://ads.example') } }], formHosts),
    () => promise.nothingElsewhere([{ ...page, headers: { 'content-security-policy': policy.replace('img-src', 'img-src https://ads.example') } }], formHosts),
    () => promise.nothingElsewhere([{ ...page, text: '<img alt="" src="https://ads.example/pixel.gif">' }], formHosts),
    () => promise.noCardFields([{ ...page, text: '<input name="card_number">' }]),
    () => promise.noCardFields([{ ...page, text: '<input name="n" autocomplete="cc-number">' }]),
    () => promise.contacts([{ ...page, text: page.text.replaceAll(`mailto:${EMAIL}`, 'mailto:nobody@example.com') }], EMAIL),
    () => promise.contacts([{ ...page, text: page.text.replaceAll('href="/support/"', 'href="/"') }], EMAIL),
  ];
  for (const defect of planted) assert.equal(defect().length, 1, String(defect));
});
