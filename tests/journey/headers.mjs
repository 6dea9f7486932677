// The headers of every answer, whatever it answers.

import assert from 'node:assert/strict';

/** What every answer must carry, whatever its status. */
export function checkHeaders({ headers, status, text }, what) {
  const expect = (name, pattern) => assert.match(headers[name] ?? '', pattern, `${what} (${status}): ${name}`);
  expect('x-content-type-options', /^nosniff$/);
  expect('x-frame-options', /^DENY$/);
  expect('referrer-policy', /^strict-origin-when-cross-origin$|^no-referrer$/);
  expect('content-security-policy', /default-src 'none'/);
  expect('content-security-policy', /frame-ancestors 'none'/);
  expect('permissions-policy', /camera=\(\)/);
  expect('cross-origin-opener-policy', /^same-origin$/);
  expect('cross-origin-resource-policy', /^same-origin$/);
  assert.ok(!/unsafe-(inline|eval)/.test(headers['content-security-policy']), `${what}: no unsafe source`);
  assert.ok(!headers['x-powered-by'], `${what}: says what it runs on`);
  if (text && status !== 304) assert.match(headers['content-type'] ?? '', /charset=utf-8|^image\/|^font\//i, `${what}: charset`);
}
