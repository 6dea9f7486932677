// Somebody of whom very much is kept: licenses on thousands of sites, more than five thousand records. Their report is there in a second, and their vault goes
// to another address as a whole.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { copyOfProject, until } from '../hosts/project.mjs';
import { Requester } from '../hosts/rights.mjs';
import { HOST, Shop } from './shop.mjs';

const AT = '2027-03-15T10:00:00Z';
/** Nobody is mailed two links within a quarter of an hour. */
const LATER = '2027-03-15T11:00:00Z';
/** Each change of a vault costs as much as the vault has rows, so to make one of five thousand takes minutes: LICENSES=85 does. */
const LICENSES = Number(process.env.LICENSES ?? 20);
/** So many questions a minute are answered about a license. */
const SITES = 58;
const AT_ONCE = 8;
/** Five thousand records are to take a second; a machine that does much else may be slower. */
const REPORT_MS_MAX = 1_000;
const REPORT_BYTES_MAX = LICENSES * SITES * 12 * 1024;

describe(`somebody with ${LICENSES * SITES} sites on the ${HOST} host`, () => {
  let [shop, people] = [];
  const keys = [];
  const email = 'agency@example.com';
  before(async () => {
    const root = await copyOfProject();
    shop = await Shop.open({ root, at: AT });
    people = new Requester(shop);
    for (let bought = 0; bought < LICENSES; bought += 1) keys.push((await shop.buy({ plan: 'agency', email })).key);
  });
  after(() => shop.close());

  /** Activates a license on its sites, one after the other, from a network of its own. */
  async function activate(license_key, license) {
    for (let site = 0; site < SITES; site += 1) {
      const json = { license_key, site: `https://site-${license}-${site}.example.com` };
      const answer = await send(`${shop.host.url}/api/v1/licenses/activate`, { method: 'POST', json, from: `127.1.${license}.3` });
      assert.equal(answer.status, 200, answer.text);
    }
  }

  const reported = async (session) => {
    const begun = performance.now();
    const file = await people.at(session, '/privacy/data/export.json');
    const ms = performance.now() - begun;
    assert.equal(file.status, 200, file.text);
    return { ms, bytes: Buffer.byteLength(file.text), records: file.json().records };
  };

  test('the report has every site, and is there at once', async (t) => {
    for (let from = 0; from < LICENSES; from += AT_ONCE) await Promise.all(keys.slice(from, from + AT_ONCE).map((key, at) => activate(key, from + at)));
    const session = await people.session(email, 'access');
    const runs = [await reported(session), await reported(session), await reported(session)];
    const { bytes, records } = runs[0];
    const sites = records.find(({ record }) => record === 'Activation').items;
    assert.equal(sites.length, LICENSES * SITES);
    const ms = runs.map((run) => run.ms).sort((a, b) => a - b)[1];
    t.diagnostic(`${bytes} bytes in ${ms.toFixed(0)} ms`);
    assert.ok(ms < REPORT_MS_MAX && bytes < REPORT_BYTES_MAX, `${bytes} bytes in ${ms.toFixed(0)} ms`);
  });

  test('all of it goes to another address', async () => {
    await shop.restart({ at: LATER });
    const session = await people.session(email, 'correct');
    const to = 'agency-anew@example.com';
    await people.post(session, '/privacy/data/correction', { what: 'address', email: to });
    const link = await until('a link to the new mailbox', async () => (await people.links(to, 'e'))[0]);
    await people.press(link);
    await until('the change', async () => (await people.mailsTo(to, /^Your new address/))[0]);
    const { records } = await reported(await people.session(to, 'access'));
    assert.equal(records.find(({ record }) => record === 'Activation').items.length, LICENSES * SITES);
    for (const key of keys) assert.equal((await shop.validate(key)).license.seats_used, SITES);
  });
});
