// What the edge's validation of a license would be in JavaScript with Hono: the same reading of the question, the same
// names by HMAC, the same one read of the store, the same answer with the same token. What is not well would be for the vault,
// which there is none of here. The bench bundles this file with esbuild.

import { Hono } from 'hono';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const text = new TextEncoder();
const TOKEN_LIFE_S = 14 * 86_400;
let pepper;
let kid;
let clock;

/** The canonical spelling of a key, or nothing. */
function canonical(given) {
  const letters = given.replace(/[\s\-_\u2010\u2011\u2013]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  const body = letters.length === 31 && letters.startsWith('CPP') ? letters.slice(3) : letters;
  if (body.length !== 28 || ![...body].every((letter) => ALPHABET.includes(letter))) return null;
  return `CPP-${body.match(/.{4}/g).join('-')}`;
}

/** Seconds since the Unix epoch by the clock of the tests, on which the edge lives. */
function now(env) {
  clock ??= env.TEST_CLOCK.split(':').map(Number);
  const [at_ms, real_ms, rate] = clock;
  return Math.floor((at_ms + (Date.now() - real_ms) * rate) / 1000);
}

/** HMAC-SHA-256 over parts, each with its length before it. */
async function tag(env, ...list) {
  pepper ??= await crypto.subtle.importKey('raw', text.encode(env.PEPPER), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const parts = list.map((part) => text.encode(part));
  const message = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    new DataView(message.buffer).setBigUint64(at, BigInt(part.length));
    message.set(part, at + 8);
    at += 8 + part.length;
  }
  return new Uint8Array(await crypto.subtle.sign('HMAC', pepper, message));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const bytes = (coded) => Uint8Array.from(atob(coded.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

/** Host and path of a site, in one spelling. */
function identity(address) {
  const { hostname, pathname } = new URL(address.includes('://') ? address : `https://${address}`);
  return (hostname.replace(/^www\./, '') + pathname).toLowerCase().replace(/\/+$/, '');
}

/** The token that is kept for a site, with the pad of its signature taken off. */
async function opened(env, license, site, { status, issued_at, seal }) {
  const parts = ['token', license, site, status, String(issued_at)];
  const pad = [await tag(env, ...parts, '0'), await tag(env, ...parts, '1')];
  const signature = bytes(seal).map((byte, at) => byte ^ pad[at >> 5][at & 31]);
  kid ??= await env.VIEWS.get('kid');
  const payload = { kid, lic: license, site, status, iat: issued_at, exp: issued_at + TOKEN_LIFE_S };
  return `${base64url(text.encode(JSON.stringify(payload)))}.${base64url(signature)}`;
}

const rfc3339 = (seconds) => (seconds === null ? null : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);

const app = new Hono();

app.post('/api/v1/licenses/validate', async (context) => {
  const question = await context.req.json();
  if (typeof question.license_key !== 'string' || question.license_key.length > 100) return context.json({ valid: false, code: 'malformed_key' }, 400);
  const key = canonical(question.license_key);
  if (!key) return context.json({ valid: false, code: 'malformed_key', license: null, token: null });
  const { env } = context;
  const view = await env.VIEWS.get(`license/${hex(await tag(env, 'license-key', key))}`);
  if (!view) return context.json({ valid: false, code: 'not_found', license: null, token: null });
  const { record } = JSON.parse(view);
  const { id, standing, since, expires_at, grace_until, sites, ...shown } = record;
  const is_over = standing === 'active' && expires_at !== null && expires_at <= now(env);
  const status = is_over ? 'expired' : standing;
  const license = { ...shown, status, since: rfc3339(since), expires_at: rfc3339(expires_at), grace_until: rfc3339(grace_until) };
  const site = identity(question.site);
  const listed = sites[hex((await tag(env, 'site', id, site)).subarray(0, 16))];
  const is_good = status === 'active' && listed && listed.version === question.version && listed.token?.status === status;
  if (!is_good || now(env) >= listed.token.issued_at + TOKEN_LIFE_S / 2) return context.json({ code: 'ask the vault' }, 500);
  return context.json({ valid: true, code: 'valid', license, token: await opened(env, id, site, listed.token) });
});

export default app;
