// MDN's HTTP Observatory, with its own rules and points: A+ for every page. It would fetch by HTTPS from a public name; here its rules
// are handed what the host answers, once in the clear and once as it is behind Cloudflare, so nothing is asked of anybody.

import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { UNLISTED, listed } from '../hosts/addresses.mjs';
import { send } from '../hosts/http.mjs';
import { start } from '../hosts/native.mjs';

const NAME = 'clientportalplugin.com';
const SITE = `https://${NAME}`;
const BEHIND_TLS = { 'x-forwarded-proto': 'https' };
const ELSEWHERE = 'https://http-observatory.security.mozilla.org';

let [host, rules, charts, grader, types] = [];
before(async () => {
  const home = join(dirname(createRequire(import.meta.url).resolve('@mdn/mdn-http-observatory')), '..');
  // The package fetches the list of hosts that browsers preload while it is installed, which is not allowed to it here. An empty
  // list is the harder case: nothing is forgiven for standing in it.
  const preloaded = join(home, 'conf', 'hsts-preload.json');
  await access(preloaded).catch(() => writeFile(preloaded, '{}'));
  const load = (path) => import(join(home, 'src', path));
  [rules, charts, grader, types] = await Promise.all(['constants.js', 'grader/charts.js', 'grader/grader.js', 'types.js'].map(load));
  host = await start({ env: { SITE_URL: SITE } });
});
after(() => host?.stop());

const cookie = (line) => {
  const [pair, ...attributes] = line.split(/;\s*/);
  const has = (name) => attributes.find((attribute) => attribute.toLowerCase().split('=')[0] === name);
  return { key: pair.split('=')[0], secure: Boolean(has('secure')), httpOnly: Boolean(has('httponly')), sameSite: has('samesite')?.split('=')[1] };
};
const response = ({ status, headers, text }) => ({ status, headers, data: text, verified: true, httpEquiv: new Map() });

/** What the Observatory would have got of a page, were it to ask. */
async function retrieved(path) {
  const [clear, secure, cors] = await Promise.all([
    send(host.url + path),
    send(host.url + path, { headers: BEHIND_TLS }),
    send(host.url + path, { method: 'OPTIONS', headers: { ...BEHIND_TLS, origin: ELSEWHERE, 'access-control-request-method': 'GET' } }),
  ]);
  const requests = new types.Requests(NAME);
  const url = new URL(SITE + path);
  const route = [{ url: new URL(`http://${NAME}${path}`), status: clear.status }, ...(clear.headers.location ? [{ url: new URL(clear.headers.location), status: secure.status }] : [])];
  const cookies = [secure.headers['set-cookie'] ?? []].flat().map(cookie);
  requests.session = { url, redirectHistory: route, jar: { serializeSync: () => ({ cookies }) } };
  requests.resources.path = secure.text;
  Object.assign(requests.responses, { auto: response(secure), https: response(secure), http: response(secure), cors: response(cors), httpRedirects: route, httpsRedirects: [] });
  return requests;
}

/** Grade and points as the Observatory adds them up (its `scanner/index.js`), and what cost some. */
function grade(requests) {
  const results = rules.ALL_TESTS.map((rule) => rule(requests));
  const points = results.map(({ result }) => grader.getScoreModifier(result));
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const uncurved = 100 + sum(points.filter((number) => number < 0));
  const { grade: letter, score } = grader.getGradeForScore(uncurved >= charts.MINIMUM_SCORE_FOR_EXTRA_CREDIT ? 100 + sum(points) : uncurved);
  return { letter, score, failed: results.filter(({ pass }) => !pass).map(({ result }) => result) };
}

test('the HTTP Observatory gives every page an A+ and finds nothing wrong', async (context) => {
  const scores = new Set();
  for (const path of [...await listed(host.url, BEHIND_TLS), ...UNLISTED]) {
    const { letter, score, failed } = grade(await retrieved(path));
    assert.deepEqual({ path, letter, failed }, { path, letter: 'A+', failed: [] });
    scores.add(score);
  }
  context.diagnostic(`points: ${[...scores]}`);
});

test('a planted defect of each header is found', async () => {
  const whole = grade(await retrieved('/')).score;
  const defects = {
    'content-security-policy': ["default-src 'self' 'unsafe-inline'", 'csp-implemented-with-unsafe-inline'],
    'strict-transport-security': ['max-age=60', 'hsts-implemented-max-age-less-than-six-months'],
    'x-content-type-options': [undefined, 'x-content-type-options-not-implemented'],
    'referrer-policy': ['unsafe-url', 'referrer-policy-unsafe'],
    'set-cookie': [['session=1'], 'cookies-session-without-httponly-flag'],
  };
  for (const [name, [value, finds]] of Object.entries(defects)) {
    const requests = await retrieved('/');
    requests.responses.auto.headers[name] = value;
    if (value === undefined) delete requests.responses.auto.headers[name];
    if (name === 'set-cookie') requests.session.jar.serializeSync = () => ({ cookies: value.map(cookie) });
    const { score, failed } = grade(requests);
    assert.deepEqual(failed, [finds]);
    assert.ok(score < whole, `${name} costs points`);
  }
  const unsent = await retrieved('/');
  unsent.responses.httpRedirects.pop();
  assert.deepEqual(grade(unsent).failed, ['redirection-missing']);
});
