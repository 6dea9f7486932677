// A browser without a screen: follows links and submits forms as HTML says, so the journey reads like a person's.

import assert from 'node:assert/strict';
import { send } from './http.mjs';

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  return found ? decode(found[1] ?? found[2] ?? found[3]) : undefined;
};

const decode = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" })[name]);

/** The question about cookies, as it stands in a page; empty where nobody is asked. */
export const banner = (html) => /<section id="cookie-consent"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';

/**
 * Every form of a page but the one about cookies: where it goes, what it sends when nothing is filled in, and what each of its
 * buttons adds.
 */
export function forms(html) {
  return [...html.replace(banner(html), '').matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/gi)].map(([form]) => {
    const tag = form.slice(0, form.indexOf('>') + 1);
    const fields = {};
    for (const [input] of form.matchAll(/<input\b[^>]*>/gi)) {
      const name = attribute(input, 'name');
      if (name) fields[name] = attribute(input, 'value') ?? '';
    }
    const buttons = [...form.matchAll(/<button\b[^>]*>/gi)].map(([button]) => {
      const name = attribute(button, 'name');
      return name ? { [name]: attribute(button, 'value') ?? '' } : {};
    });
    return { method: (attribute(tag, 'method') ?? 'get').toUpperCase(), action: attribute(tag, 'action') ?? '', fields, buttons };
  });
}

export class Visitor {
  #cookies = new Map();

  constructor(url) {
    this.url = url;
  }

  /** Sends a request with the cookies that were set, and keeps those that come back. */
  async #send(url, { headers = {}, ...options } = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await send(url, { ...options, headers: { ...headers, ...(cookie && { cookie }) } });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair, ...attributes] = line.split(/;\s*/);
      const [name, value] = pair.split('=');
      if (attributes.some((text) => text.toLowerCase() === 'max-age=0')) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Posts a form without looking at the page; the answer, which is not followed. A header that is undefined is left out. */
  post(path, form, headers = {}) {
    const url = new URL(path, this.url);
    const all = Object.entries({ origin: url.origin, ...headers }).filter(([, value]) => value !== undefined);
    return this.#send(url, { method: 'POST', form, headers: Object.fromEntries(all) });
  }

  async open(path) {
    this.url = new URL(path, this.url).href;
    this.page = await this.#send(this.url);
    return this.page;
  }

  /** Submits a form of the open page by one of its buttons, the first unless told, and follows the redirects that come back. */
  async submit(form, filled = {}, button = form.buttons[0]) {
    const target = new URL(form.action, this.url);
    const answer = await this.#send(target, { method: form.method, form: { ...form.fields, ...filled, ...button }, headers: { origin: new URL(this.url).origin } });
    assert.equal(answer.status, 303, `${form.method} ${target.pathname} answers 303: ${answer.text.slice(0, 500)}`);
    return this.follow(new URL(answer.headers.location, target));
  }

  async follow(location) {
    for (let hops = 0; hops < 5; hops += 1) {
      await this.open(location);
      if (![301, 302, 303, 307, 308].includes(this.page.status)) return this.page;
      location = new URL(this.page.headers.location, this.url);
    }
    throw new Error(`too many redirects at ${this.url}`);
  }
}

/** The license key that a page or a mail shows. */
export function keyIn(text) {
  return /CPP(?:-[0-9A-HJKMNP-TV-Z]+)+/.exec(text)?.[0];
}
