// A shop to test in: a host, the test server for Stripe, and what a buyer, a plugin and the processor do there.
// The host is chosen by the environment, HOST=native or HOST=workerd, so one journey runs on both.

import assert from 'node:assert/strict';
import { send } from '../hosts/http.mjs';
import { SECRETS, buildSite, until } from '../hosts/project.mjs';
import { startStripe } from '../hosts/stripe.mjs';
import { Visitor, forms, keyIn } from '../hosts/visitor.mjs';

export const HOST = process.env.HOST ?? 'native';
export const host = await import(HOST === 'workerd' ? '../hosts/workerd.mjs' : '../hosts/native.mjs');

export class Shop {
  options = {};
  #asked = 0;

  /** Opens a shop whose processor is the test server; it sells what the project at `root` sells. */
  static async open(options = {}) {
    const shop = new Shop();
    const site = options.site ?? (options.root && await buildSite(options.root, options.at));
    shop.stripe = await startStripe(site);
    shop.env = { ...SECRETS, STRIPE_API_BASE: shop.stripe.url, ...options.env };
    shop.options = { ...options, site, env: shop.env };
    await shop.#start(shop.options);
    return shop;
  }

  /** Opens a shop as `site serve` does with nothing set: the processor is the built-in stand-in. */
  static async openWithStandIn() {
    const shop = new Shop();
    await shop.#start({});
    return shop;
  }

  /** Stops the host and starts it again on what it had stored, at another moment if one is given. */
  async restart(more = {}) {
    const mails = await this.host.mails();
    await this.host.stop();
    this.options = { ...this.options, ...more };
    await this.#start({ ...this.options, data: this.host.data, mails });
  }

  async close() {
    await this.host.stop();
    await this.stripe?.stop();
  }

  async #start(options) {
    this.host = await host.start(options);
    this.stripe?.attach(this.host);
  }

  /** Presses a button of a plan on the pricing page: the visitor, on the processor's page. */
  async pressBuy(plan = 'business', provider = 'stripe') {
    const visitor = new Visitor(this.host.url);
    const pricing = await visitor.open('/pricing/');
    assert.equal(pricing.status, 200);
    const form = forms(pricing.text).find((form) => form.action === '/checkout' && form.fields.plan === plan);
    assert.ok(form, `the pricing page has a form for the plan ${plan}`);
    const button = form.buttons.find((button) => button.provider === provider);
    assert.ok(button, `the plan ${plan} can be paid through ${provider}`);
    const page = await visitor.submit(form, {}, button);
    assert.equal(page.status, 200, 'the payment page opens');
    return visitor;
  }

  /** The whole purchase as a person makes it: the key from the success page. */
  async buy({ plan = 'business', email = 'ada@example.com' } = {}) {
    const visitor = await this.pressBuy(plan);
    const [form] = forms(visitor.page.text);
    const page = await visitor.submit(form, { email, name: 'Ada Buyer' });
    assert.equal(new URL(visitor.url).pathname, '/checkout/success');
    assert.equal(page.status, 200);
    const key = keyIn(page.text);
    assert.ok(key, `the success page shows a key: ${page.text}`);
    return { key, page, visitor, session: new URL(visitor.url).searchParams.get('session_id'), email };
  }

  /** Presses the same button without looking at the page; the answer. */
  async checkout(plan = 'business', provider = 'stripe') {
    return send(`${this.host.url}/checkout`, { method: 'POST', form: { product: 'client-portal-plus', plan, provider }, headers: { origin: this.host.url } });
  }

  /** Opens a checkout and leaves the payment page alone: the id of the session at the test server. */
  async openSession(plan = 'business') {
    await this.pressBuy(plan);
    return [...this.stripe.sessions.keys()].at(-1);
  }

  /** The success page of a session; its key, or undefined while it is pending. */
  async successPage(session) {
    const page = await send(`${this.host.url}/checkout/success?session_id=${session}`);
    return { page, key: keyIn(page.text) };
  }

  /** Asks as a plugin does, each time from another network: so many questions a minute are allowed from one. */
  async validate(license_key, more = {}) {
    const answer = await this.#ask(license_key, more);
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  }

  async #ask(license_key, more = {}) {
    this.#asked += 1;
    const from = `127.${(this.#asked >> 8) % 250}.${this.#asked % 250}.2`;
    return send(`${this.host.url}/api/v1/licenses/validate`, { method: 'POST', json: { license_key, ...more }, from });
  }

  /** Waits until a license has a code; views are published after the answer, so this may take a moment. */
  async validates(key, code) {
    return until(`license to be ${code}`, async () => {
      const answer = (await this.#ask(key)).json();
      return answer.code === code && answer;
    });
  }

  /** Waits for the mail that carries a key. */
  async mailWith(key) {
    return until('the license mail', async () => (await this.host.mails()).find((mail) => mail.text.includes(key)));
  }

  /** Asks something at the support form, as JSON: the number and the link of the ticket. */
  async ask(fields) {
    const json = { name: 'Ada Asker', email: 'ada@example.com', subject: 'A question', message: 'How does it work?', ...fields };
    const answer = await send(`${this.host.url}/support/tickets`, { method: 'POST', json });
    assert.equal(answer.status, 201, answer.text);
    return answer.json();
  }

  /** One of the staff, signed in by the link that is mailed. */
  async signIn(email = 'eve@staff.example') {
    const visitor = new Visitor(this.host.url);
    const links = async () => (await this.host.mails()).filter(({ to, subject }) => to === email && subject === 'Sign in to the desk').map(({ text }) => /http\S+\/desk\/sign-in\/\S+/.exec(text)[0]);
    const before = await links();
    await visitor.post('/desk/sign-in', { email, to: '/desk/' });
    await visitor.open(await until('the link to sign in', async () => (await links()).find((link) => !before.includes(link))));
    await visitor.submit(forms(visitor.page.text).find(({ action }) => action.startsWith('/desk/sign-in/')));
    return visitor;
  }

  /** Delivers an event and expects it to be taken. */
  async deliver(event, options) {
    const answer = await this.stripe.deliver(event, options);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json(), { received: true });
    return answer;
  }
}

/** Time in which anything that should not happen would have happened. */
export async function settle() {
  await new Promise((done) => setTimeout(done, 1500));
}
