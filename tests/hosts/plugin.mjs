// A plugin on somebody's site that speaks EDD Software Licensing: its requests byte for byte as WordPress sends them, and its
// way of reading the answers.

import assert from 'node:assert/strict';
import { send } from './http.mjs';

/** PHP's `http_build_query`: false is 0, true is 1, null is left out, lists and maps have brackets, a space is a plus. */
export function buildQuery(value, name = '') {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') {
    const parts = Object.entries(value).map(([key, inner]) => buildQuery(inner, name ? `${name}[${key}]` : key));
    return parts.filter(Boolean).join('&');
  }
  const text = value === true ? '1' : value === false ? '0' : String(value);
  return `${urlencode(name)}=${urlencode(text)}`;
}

const urlencode = (text) => rawurlencode(text).replaceAll('%20', '+').replaceAll('~', '%7E');

export const rawurlencode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** An array of texts as PHP's `unserialize` reads it; lengths are counted in bytes. */
export function unserialize(text) {
  let rest = Buffer.from(text, 'utf8');
  const take = (pattern) => {
    const found = pattern.exec(rest.toString('latin1'));
    assert.ok(found, `not serialized: ${text}`);
    rest = rest.subarray(found[0].length);
    return found[1];
  };
  const string = () => {
    const length = Number(take(/^s:(\d+):"/));
    const value = rest.subarray(0, length).toString('utf8');
    rest = rest.subarray(length);
    take(/^(";)/);
    return value;
  };
  const count = Number(take(/^a:(\d+):\{/));
  const array = {};
  for (let pair = 0; pair < count; pair += 1) {
    const key = string();
    array[key] = string();
  }
  assert.equal(rest.toString('latin1'), '}', 'the array ends where it should');
  return array;
}

/** The order of PHP's `version_compare` for finished versions. */
export function isNewer(version, than) {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    if ((left[at] ?? -1) !== (right[at] ?? -1)) return (left[at] ?? -1) > (right[at] ?? -1);
  }
  return false;
}

/** Sites so far: each is in a network of its own, since requests are counted by network. */
let sites = 0;

export class Plugin {
  constructor(shop_url, home_url, { license = '', version = '0.9.0', item_id = false, item_name = 'Client Portal Plus', environment = 'production' } = {}) {
    Object.assign(this, { shop_url, home_url, license, version, item_id, item_name, environment });
    this.headers = { 'user-agent': `WordPress/6.9; ${home_url}`, 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' };
    sites += 1;
    this.from = `127.0.${sites % 250 + 1}.1`;
  }

  async post(params) {
    return send(`${this.shop_url}/`, { method: 'POST', body: buildQuery(params), headers: this.headers, from: this.from });
  }

  /** What the plugin's settings page does: activate, deactivate, check. The name is encoded before the query is built. */
  async license_action(edd_action) {
    const { license, item_id, item_name, home_url: url, environment } = this;
    const answer = await this.post({ edd_action, license, item_id, item_name: rawurlencode(item_name), url, environment });
    assert.equal(answer.status, 200, `clients believe no other status: ${answer.text}`);
    return answer.json();
  }

  activate() { return this.license_action('activate_license'); }

  deactivate() { return this.license_action('deactivate_license'); }

  check() { return this.license_action('check_license'); }

  /** What the updater sends for one plugin. */
  version_params(more = {}) {
    return {
      edd_action: 'get_version', license: this.license, item_name: this.item_name, item_id: this.item_id, version: this.version,
      slug: 'client-portal-plus', author: 'Somebody', url: this.home_url, beta: false, php_version: '8.2.36', wp_version: '6.9', ...more,
    };
  }

  /** Looks for an update, and reads the answer as an updater does: what it does not ask for must be there. */
  async update(more) {
    const answer = await this.post(this.version_params(more));
    assert.equal(answer.status, 200, answer.text);
    return this.read_update(answer.json());
  }

  read_update(body) {
    for (const name of ['new_version', 'url', 'package', 'tested', 'requires', 'requires_php', 'slug', 'homepage', 'name', 'last_updated', 'stable_version', 'download_link']) {
      assert.equal(typeof body[name], 'string', name);
    }
    const { sections, banners, icons } = Object.fromEntries(['sections', 'banners', 'icons'].map((name) => [name, unserialize(body[name])]));
    assert.deepEqual([Object.keys(sections), Object.keys(banners), Object.keys(icons)], [['description', 'changelog'], ['high', 'low'], ['1x', '2x']]);
    return { ...body, sections, banners, icons, is_offered: isNewer(body.new_version, this.version) };
  }
}
