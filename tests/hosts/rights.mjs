// Somebody who uses their rights: asks, reads their mail, presses the button behind the link, and holds a session from then on.

import assert from 'node:assert/strict';
import { send } from './http.mjs';
import { until } from './project.mjs';

export const COOKIE = '__Host-Http-dsr';

export class Requester {
  /** Of a shop that may be started anew in between. */
  constructor(shop) {
    this.shop = shop;
  }

  origin() {
    return { origin: this.shop.host.url };
  }

  /** The same address on the host as it runs now. */
  here(address) {
    return address.replace(/^http:\/\/[^/]+/, this.shop.host.url);
  }

  async mailsTo(to, subject) {
    return (await this.shop.host.mails()).filter((mail) => mail.to.toLowerCase() === to.toLowerCase() && subject.test(mail.subject));
  }

  /** Links of a kind that were mailed to an address. Mails are kept in no order. */
  async links(email, kind) {
    const mails = await this.mailsTo(email, /^(Your privacy request|Is this your new address)/);
    return mails.map(({ text }) => new RegExp(`http\\S+/privacy/${kind}/\\S+`).exec(text)?.[0]).filter(Boolean);
  }

  /** Presses the button behind a link. */
  press(link) {
    return send(this.here(link), { method: 'POST', headers: this.origin() });
  }

  async ask(email, kind) {
    const answer = await send(`${this.shop.host.url}/privacy/request`, { method: 'POST', form: { email, kind }, headers: this.origin() });
    assert.equal(answer.status, 202, answer.text);
  }

  /** Asks, and uses the link: the session. */
  async session(email, kind) {
    const before = await this.links(email, 'r');
    await this.ask(email, kind);
    const link = await until(`a link to ${email}`, async () => (await this.links(email, 'r')).find((one) => !before.includes(one)));
    const opened = await this.press(link);
    assert.equal(opened.status, 303, opened.text);
    return new RegExp(`${COOKIE}=([^;]+)`).exec([opened.headers['set-cookie']].flat()[0])[1];
  }

  /** A page or a file behind a session. */
  at(session, path = '/privacy/data') {
    return send(`${this.shop.host.url}${path}`, { headers: { cookie: `${COOKIE}=${session}` } });
  }

  /** Sends a form behind a session. */
  post(session, path, form) {
    return send(`${this.shop.host.url}${path}`, { method: 'POST', form, headers: { ...this.origin(), cookie: `${COOKIE}=${session}` } });
  }

  /** The records of an export, by the name of their type. */
  async records(session) {
    const { records } = (await this.at(session, '/privacy/data/export.json')).json();
    return Object.fromEntries(records.map(({ record, items }) => [record, items]));
  }
}

/** The value of a field of a record in an export. */
export const valueOf = (item, path) => item.fields.find((field) => field.path === path).value;
