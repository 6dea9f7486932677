// Cloudflare Access in front of the desk: its token signs staff in, and nothing that only looks like one does.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { HOST, Shop } from './shop.mjs';

const AUDIENCE = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A team of Cloudflare Access: its keys under their address, and tokens signed with them. */
async function startTeam() {
  const team = { keys: [], asked: 0 };
  const server = createServer((request, answer) => {
    team.asked += 1;
    if (request.url !== '/cdn-cgi/access/certs') return answer.writeHead(404).end();
    const keys = team.keys.map(({ kid, pair }) => ({ kid, alg: 'RS256', use: 'sig', ...pair.publicKey.export({ format: 'jwk' }) }));
    return answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys, public_certs: [] }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  team.url = `http://127.0.0.1:${server.address().port}`;
  team.add = (kid) => { team.keys.push({ kid, pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) }); return team.keys.at(-1); };
  team.stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return team;
}

describe(`Cloudflare Access before the desk on the ${HOST} host`, () => {
  let [team, shop, key] = [];
  before(async () => {
    team = await startTeam();
    key = team.add('first');
    shop = await Shop.open({ env: { ACCESS_TEAM: team.url, ACCESS_AUD: AUDIENCE } });
  });
  after(async () => { await shop.close(); await team.stop(); });

  const now = () => shop.host.clock.now_s();
  function token({ claims = {}, head = {}, by = key } = {}) {
    const body = { aud: [AUDIENCE], iss: team.url, email: 'eve@staff.example', type: 'app', iat: now(), nbf: now(), exp: now() + 3600, sub: 'x', ...claims };
    const signed = `${encode({ alg: 'RS256', kid: by.kid, typ: 'JWT', ...head })}.${encode(body)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), by.pair.privateKey).toString('base64url')}`;
  }
  const visit = (given, path = '/desk/', options = {}) => send(`${shop.host.url}${path}`, { ...options, headers: { 'cf-access-jwt-assertion': given, ...options.headers } });

  test('whoever it vouches for is at the desk at once, and their looks are in the log', async () => {
    const page = await visit(token());
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, /eve/);
    assert.equal((await visit(token({ claims: { aud: AUDIENCE, email: 'BOB@staff.example' } }))).status, 200);
    assert.match((await visit(token(), '/desk/log')).text, /saw the inbox/);
    const form = { title: 'Hello', text: 'Hello {name}' };
    assert.equal((await visit(token(), '/desk/replies', { method: 'POST', form, headers: { origin: shop.host.url } })).status, 303);
    assert.equal((await visit(token(), '/desk/replies', { method: 'POST', form, headers: { origin: 'https://evil.example' } })).status, 403);
  });

  test('nobody else is', async () => {
    const other = { kid: 'first', pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    const good = token();
    const [head, body, signature] = good.split('.');
    const pem = key.pair.publicKey.export({ format: 'pem', type: 'spki' });
    const hs = `${encode({ alg: 'HS256', kid: 'first' })}.${body}`;
    const refused = {
      'not of the staff': token({ claims: { email: 'mallory@evil.example' } }),
      'without an address': token({ claims: { email: undefined } }),
      'for another application': token({ claims: { aud: ['another'] } }),
      'of another team': token({ claims: { iss: 'https://evil.cloudflareaccess.com' } }),
      'ended': token({ claims: { exp: now() - 61 } }),
      'not begun': token({ claims: { nbf: now() + 120 } }),
      'signed by somebody else': token({ by: other }),
      'with a key of no name': token({ by: { ...other, kid: 'unknown' } }),
      'not signed': `${encode({ alg: 'none', kid: 'first' })}.${body}.`,
      'signed with the public key as a secret': `${hs}.${createHmac('sha256', pem).update(hs).digest('base64url')}`,
      'with other claims': `${head}.${encode({ ...JSON.parse(Buffer.from(body, 'base64url')), email: 'bob@staff.example' })}.${signature}`,
      'cut': good.slice(0, -2),
      'no token': 'x',
      'empty': '..',
      'endless': `${good}${'A'.repeat(7_000)}`,
    };
    for (const [what, given] of Object.entries(refused)) {
      const answer = await visit(given);
      assert.equal(answer.status, 303, what);
      assert.match(answer.headers.location, /^\/desk\/sign-in/, what);
    }
  });

  test('a new key is fetched when it is first seen, and known ones are not asked for again', async () => {
    await visit(token());
    const asked = team.asked;
    for (let at = 0; at < 5; at += 1) assert.equal((await visit(token())).status, 200);
    assert.equal(team.asked, asked);
    const next = team.add('second');
    assert.equal((await visit(token({ by: next }))).status, 200);
    assert.equal(team.asked, asked + 1);
  });
});
