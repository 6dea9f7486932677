// `site serve` as somebody works with it: an edit shows, a mistake is shown and takes nothing down, Ctrl+C ends it.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import * as native from '../hosts/native.mjs';
import { copyOfProject, newFolder, until } from '../hosts/project.mjs';
import { checkHeaders } from './headers.mjs';

const PAGE = 'content/features.md';

describe('an edit while the site is served', () => {
  let root;
  let host;
  let written;
  before(async () => {
    root = await copyOfProject();
    host = await native.start({ root, data: await newFolder('serve') });
    written = await readFile(join(root, PAGE), 'utf8');
  });
  after(() => host.stop());

  const page = async () => (await send(`${host.url}/features/`)).text;
  const build = (text) => /data-build="(\d+)"/.exec(text)[1];

  /** Edits the page and waits as a browser does that shows it: for a build that is not the one it knows. */
  async function edit(change) {
    const known = build(await page());
    const news = send(`${host.url}/__dev/news?after=${known}`);
    await writeFile(join(root, PAGE), change(written));
    assert.notEqual((await news).text, known, 'the browser is told');
    return page();
  }

  test('shows at once', async () => {
    const text = await edit((written) => `${written}\nA sentence that was not there before.\n`);
    assert.match(text, /A sentence that was not there before\./);
    assert.doesNotMatch(text, /id="build-errors"/);
  });

  test('with a mistake leaves the last good site up and says on the page what is wrong; mended, it says nothing', async () => {
    const good = await page();
    const broken = await edit((written) => written.replace(/^title:.*$/m, 'title: [unfinished'));
    assert.match(broken, /id="build-errors"/);
    assert.match(broken, /content\/features\.md:\d+:\d+/, 'the place of the mistake');
    assert.match(broken, /A sentence that was not there before\./, 'the last good site');
    assert.match((await send(`${host.url}/`)).text, /id="build-errors"/, 'on every page');
    const mended = await edit((written) => `${written}\nMended.\n`);
    assert.doesNotMatch(mended, /id="build-errors"/);
    assert.match(mended, /Mended\./);
    assert.notEqual(build(mended), build(good));
  });
});

describe('the server', () => {
  test('ends within two seconds of Ctrl+C, also while a page waits for the next build', async () => {
    const host = await native.start();
    const [, number] = /data-build="(\d+)"/.exec((await send(`${host.url}/`)).text);
    const waiting = send(`${host.url}/__dev/news?after=${number}`);
    await new Promise((done) => setTimeout(done, 300));
    const began = Date.now();
    assert.equal(await host.stop(), 'exit 0');
    assert.ok(Date.now() - began < 2000, `it took ${Date.now() - began} ms`);
    assert.deepEqual(JSON.parse((await waiting).text), { build: Number(number), stays: true }, 'nothing new');
  });

  test('gives every answer its headers, also those that no page of ours gives', async () => {
    const host = await native.start();
    try {
      const form = (body) => ({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      const requests = [
        [405, '/__dev', { method: 'PUT' }],
        [400, '/__dev/checkout', {}],
        [413, '/__dev/checkout', form('x'.repeat(3 << 20))],
        [404, '/__dev/nothing', {}],
        [200, '/__dev/news', {}],
        [200, '/__dev/reload.js', {}],
        [200, '/__dev/mail', {}],
      ];
      for (const [status, path, options] of requests) {
        const answer = await send(host.url + path, options);
        assert.equal(answer.status, status, path);
        checkHeaders(answer, path);
      }
    } finally {
      await host.stop();
    }
  });

  test('reports a payment of the stand-in to itself, whatever address the site has', async () => {
    const site = 'http://shop.example';
    const host = await native.start({ env: { SITE_URL: site } });
    try {
      const post = (path, form) => send(host.url + path, { method: 'POST', form, headers: { origin: site } });
      const opened = await post('/checkout', { product: 'client-portal-plus', plan: 'business', provider: 'stripe' });
      assert.equal(opened.status, 303, opened.text);
      const session = new URL(opened.headers.location).searchParams.get('session');
      const paid = await post('/__dev/checkout', { session, email: 'ada@example.com', name: 'Ada Buyer' });
      assert.equal(paid.status, 303, paid.text);
      await until('the mail, without a look at the success page', async () => (await host.mails()).length === 1);
    } finally {
      await host.stop();
    }
  });
});
