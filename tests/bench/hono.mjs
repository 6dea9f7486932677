// What the edge's validation of a license would be in JavaScript with Hono: the same reading of the question, the same
// name by HMAC, the same one read of the store, an answer of the same shape. Signing is left out, so the edge has to do
// that on top. The bench bundles this file with esbuild.

import { Hono } from 'hono';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const text = new TextEncoder();
let pepper;

/** The canonical spelling of a key, or nothing. */
function canonical(given) {
  const letters = given.replace(/[\s\-_\u2010\u2011\u2013]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  const body = letters.length === 31 && letters.startsWith('CPP') ? letters.slice(3) : letters;
  if (body.length !== 28 || ![...body].every((letter) => ALPHABET.includes(letter))) return null;
  return `CPP-${body.match(/.{4}/g).join('-')}`;
}

/** The name of the license's view: HMAC-SHA-256 over parts, each with its length before it. */
async function viewOf(key, env) {
  pepper ??= await crypto.subtle.importKey('raw', text.encode(env.PEPPER), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const parts = ['license-key', key].map((part) => text.encode(part));
  const message = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    new DataView(message.buffer).setBigUint64(at, BigInt(part.length));
    message.set(part, at + 8);
    at += 8 + part.length;
  }
  const tag = new Uint8Array(await crypto.subtle.sign('HMAC', pepper, message));
  return `license/${Array.from(tag, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const rfc3339 = (seconds) => (seconds === null ? null : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);

const app = new Hono();

app.post('/api/v1/licenses/validate', async (context) => {
  const question = await context.req.json();
  if (typeof question.license_key !== 'string' || question.license_key.length > 100) return context.json({ valid: false, code: 'malformed_key' }, 400);
  const key = canonical(question.license_key);
  if (!key) return context.json({ valid: false, code: 'malformed_key', license: null, token: null });
  const view = await context.env.VIEWS.get(await viewOf(key, context.env));
  if (!view) return context.json({ valid: false, code: 'not_found', license: null, token: null });
  const { record } = JSON.parse(view);
  const { id, standing, since, expires_at, grace_until, sites, ...shown } = record;
  const is_over = standing === 'active' && expires_at !== null && expires_at <= Date.now() / 1000;
  const status = is_over ? 'expired' : standing;
  const license = { ...shown, status, since: rfc3339(since), expires_at: rfc3339(expires_at), grace_until: rfc3339(grace_until) };
  return context.json({ valid: status === 'active', code: status === 'active' ? 'valid' : status, license, token: null });
});

export default app;
