// Where a value of a person turns up: each place is looked through for the value in plain and in every encoding that a
// careless program might give it, and each find is held against the register of declared fields.

import { createHash } from 'node:crypto';

const SPELLINGS = [(text) => text, (text) => text.toLowerCase(), (text) => text.toUpperCase()];

/** The middle of a base64 text, which is the same wherever the value began: three shifts, without what depends on neighbours. */
function base64Cores(bytes) {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    const core = text.slice(shift === 0 ? 0 : shift + 1, text.length - (text.length % 4 === 0 ? 0 : 1));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Every form of a value, each with its name. */
export function forms(value) {
  const found = new Map();
  const add = (name, form) => form.length >= 6 && !found.has(form) && found.set(form, name);
  for (const spelling of SPELLINGS.map((spell) => spell(value))) {
    const bytes = Buffer.from(spelling, 'utf8');
    add('plain', spelling);
    add('URL', encodeURIComponent(spelling));
    add('form', new URLSearchParams({ a: spelling }).toString().slice(2));
    add('JSON', JSON.stringify(spelling).slice(1, -1));
    add('HTML', spelling.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'));
    add('hex', bytes.toString('hex'));
    add('HEX', bytes.toString('hex').toUpperCase());
    base64Cores(bytes).forEach((core) => add('base64', core));
    for (const algorithm of ['md5', 'sha1', 'sha256']) {
      const digest = createHash(algorithm).update(bytes).digest();
      add(algorithm, digest.toString('hex'));
      add(algorithm, digest.toString('base64').replace(/=+$/, ''));
      add(algorithm, digest.toString('base64url'));
    }
  }
  return found;
}

/** Every leaf of a value with its path; list positions are no part of it. The names of fields of a map are leaves too. */
export function* leaves(value, path = '') {
  if (Array.isArray(value)) {
    for (const entry of value) yield* leaves(entry, path);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, entry] of Object.entries(value)) {
      // A form writes a list as fields named by their position.
      const below = /^\d+$/.test(key) ? '' : key.toLowerCase().replaceAll('-', '_');
      yield* leaves(entry, [path, below].filter(Boolean).join('.'));
    }
  } else if (value !== null && value !== undefined) {
    yield { path, text: String(value) };
  }
}

/** The declared field that a path belongs to. */
export function fieldOf(record, path) {
  return record?.fields.find((field) => path === field.path || path.startsWith(`${field.path}.`));
}

/**
 * Holds what was seen against the register. `seen` is a list of `{place, record, recipient, value}`: `record` is the name
 * of the declared type, none where nothing personal may be (names of keys, logs, addresses).
 * Answers the finds that nothing explains.
 */
export function unexplained(register, canaries, seen) {
  const findings = [];
  for (const { place, record: name, recipient, value } of seen) {
    const record = register.records.find((known) => known.name === name);
    for (const { path, text } of leaves(value)) {
      const field = fieldOf(record, path);
      for (const { what, category, value: canary } of canaries) {
        for (const [form, how] of forms(canary)) {
          if (!text.includes(form)) continue;
          const declared = how === 'plain' && field?.categories.includes(category) && field.recipients.includes(recipient);
          if (!declared) findings.push(`${what} (${how}) in ${place}${path ? `, ${path}` : ''}: no declaration explains it`);
        }
      }
    }
  }
  return [...new Set(findings)];
}

/** The declared fields that no record showed. */
export function unseen(register, seen) {
  const paths = new Map();
  for (const { record, value } of seen.filter(({ record }) => record)) {
    const set = paths.get(record) ?? new Set();
    for (const { path } of leaves(value)) set.add(path);
    paths.set(record, set);
  }
  return register.records.flatMap(({ name, fields }) => fields
    .filter(({ path }) => ![...(paths.get(name) ?? [])].some((known) => known === path || known.startsWith(`${path}.`)))
    .map(({ path }) => `${name}.${path} is declared and was never seen`));
}
