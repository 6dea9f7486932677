// Passes as the edge makes them, written from what they are and not from its code: `base64url(purpose, end, contents).base64url(tag)`.
// With the secret of the tests, links can be made that ended long ago or that somebody else signed.

import { createHmac } from 'node:crypto';
import { SECRETS } from './project.mjs';

/** HMAC-SHA-256 over the parts, each preceded by its length. */
function tag(secret, parts) {
  const mac = createHmac('sha256', secret);
  for (const part of parts) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
    mac.update(length).update(part);
  }
  return mac.digest();
}

/** A pass to somebody's own page that ends at a moment in seconds. */
export function ownerPass(email, ends_s, secret = SECRETS.LICENSE_SECRET) {
  const subject = tag(SECRETS.PEPPER, ['subject', email.toLowerCase()]);
  const ends = Buffer.alloc(8);
  ends.writeBigInt64BE(BigInt(ends_s));
  const body = Buffer.concat([Buffer.from('o'), ends, subject]).toString('base64url');
  return `${body}.${tag(secret, ['pass', body]).toString('base64url')}`;
}
