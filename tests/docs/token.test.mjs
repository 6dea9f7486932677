// The page about the license token, taken at its word: its PHP is run by PHP, on the example that the page shows (which the
// edge signed: `tests/documentation.rs`), on forgeries of it, and with the key that a running edge publishes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { start } from '../hosts/native.mjs';
import { ROOT, newFolder } from '../hosts/project.mjs';

const page = await readFile(join(ROOT, 'content/docs/license-token.md'), 'utf8');
/** The fenced blocks of a language, in order. */
const blocks = (language) => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);

const [VERIFIER] = blocks('php');
const TOKEN = blocks('text')[0].trim();
const [PUBLISHED, CLAIMS] = blocks('json').map((text) => JSON.parse(text));
const KEYS = Object.fromEntries(PUBLISHED.keys.map(({ kid, x }) => [kid, x]));
const SITE = 'https://www.example.com/blog';

/** Reads cases from standard input and writes what the page's function made of each. A warning is a failure, too. */
const HARNESS = `
set_error_handler( function ( $level, $message ) { throw new ErrorException( $message, 0, $level ); } );
$answer = function ( $case ) { return cpp_read_license_token( $case['token'], $case['url'], $case['keys'], $case['now'] ); };
echo json_encode( array_map( $answer, json_decode( stream_get_contents( STDIN ), true ) ) );
`;

let script;
before(async () => {
  script = join(await newFolder('php'), 'verifier.php');
  await writeFile(script, `<?php\nerror_reporting( E_ALL );\n${VERIFIER}\n${HARNESS}`);
});

/** What the page's PHP makes of each case; what a case leaves out is as on the page. */
function read(cases) {
  const input = cases.map((one) => ({ token: TOKEN, url: SITE, keys: KEYS, now: CLAIMS.iat, ...one }));
  const php = spawnSync('php', ['-d', 'display_errors=stderr', script], { input: JSON.stringify(input), encoding: 'utf8' });
  assert.equal(php.error, undefined, 'PHP is installed (tests/run php does it)');
  assert.equal(php.status, 0, php.stderr);
  return JSON.parse(php.stdout);
}

/** Each case is named by what is wrong with it. */
function refused(cases) {
  const answers = read(cases.map(([, one]) => one));
  const believed = cases.filter((_, at) => answers[at] !== null).map(([what]) => what);
  assert.deepEqual(believed, []);
}

test('the good token is believed until it ends', () => {
  assert.deepEqual(read([{}, { now: CLAIMS.exp - 1 }, { now: 0 }]), [CLAIMS, CLAIMS, CLAIMS]);
  assert.equal(CLAIMS.exp - CLAIMS.iat, 14 * 86_400);
});

test('every spelling of the site is the site', () => {
  const spellings = ['http://example.com/blog', 'https://example.com:8443/Blog/', 'HTTPS://WWW.EXAMPLE.COM/blog//', 'example.com/blog?x=1', ' example.com/blog ', 'https://www.www.example.com/blog#top'];
  assert.deepEqual(read(spellings.map((url) => ({ url }))), spellings.map(() => CLAIMS));
});

test('an expired token, another site and an unknown key are refused', () => {
  refused([
    ['at its end', { now: CLAIMS.exp }],
    ['long after it', { now: CLAIMS.exp + 1e9 }],
    ['another site', { url: 'https://example.org/blog' }],
    ['another path', { url: 'https://example.com' }],
    ['a longer path', { url: 'https://example.com/blog/shop' }],
    ['a host that ends alike', { url: 'https://notexample.com/blog' }],
    ['no site', { url: '' }],
    ['no site but a scheme', { url: 'https://' }],
    ['no key', { keys: {} }],
    ['another kid', { keys: { '0011223344556677': Object.values(KEYS)[0] } }],
    ['another key under this kid', { keys: { [CLAIMS.kid]: 'A'.repeat(43) } }],
  ]);
});

test('a token that was changed anywhere is refused', () => {
  const other = (letter) => (letter === 'A' ? 'B' : 'A');
  const changed = [...TOKEN].map((letter, at) => [`character ${at}`, { token: TOKEN.slice(0, at) + other(letter) + TOKEN.slice(at + 1) }]);
  // The last character of the signature holds two bits of it and four that PHP does not look at.
  refused(changed.filter((_, at) => at !== TOKEN.length - 1));
  refused([
    ...['', '.', '..', 'x', 'x.y', TOKEN.split('.')[0], `${TOKEN}.`, `.${TOKEN}`, TOKEN.replace('.', '..')].map((token) => [`the token ${token.slice(0, 20)}`, { token }]),
    ['a short signature', { token: TOKEN.slice(0, -4) }],
  ]);
});

/** A token that anybody can make: any payload, signed with any key. */
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
function forge(payload, key = privateKey) {
  const first = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return `${first}.${sign(null, Buffer.from(first), key).toString('base64url')}`;
}

test('what somebody else signed is refused, whatever it says', () => {
  refused([
    ['our key named', { token: forge(CLAIMS) }],
    ['their key named', { token: forge({ ...CLAIMS, kid: 'ffffffffffffffff' }) }],
    ...[null, 1, 'text', [], {}, { kid: null }, { kid: [] }, { kid: {} }, { kid: 7 }].map((payload) => [JSON.stringify(payload), { token: forge(payload) }]),
  ]);
});

test('a token without a site is not believed by any site', () => {
  const keys = { ...KEYS, own: publicKey.export({ format: 'jwk' }).x };
  const token = (site) => forge({ ...CLAIMS, kid: 'own', site });
  assert.deepEqual(read([{ keys, token: token('example.com/blog') }]).map((claims) => claims?.kid), ['own'], 'the test signs as the edge does');
  refused([['', SITE], ['', ''], ['', 'https://'], ['', '/']].map(([site, url]) => [`site ${site} at ${url}`, { keys, token: token(site), url }]));
});

test('a running edge publishes its key as the page says', async () => {
  const host = await start({ env: { SIGNING_KEY: 'VGhpcyBrZXkgc2lnbnMgb25lIGRvY3VtZW50YXRpb24=' } });
  after(() => host.stop());
  const address = /\]\((\/\.well-known\/[^)]+)\)/.exec(page)[1];
  const answer = await send(host.url + address);
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.text), PUBLISHED);
  assert.match(answer.headers['cache-control'], /^public, max-age=3600$/);
});
