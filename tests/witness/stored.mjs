// All that a store holds, each row and view with the name of its declared type.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SECRETS, SITE_BINARY, newFolder } from '../hosts/project.mjs';

/** Which declared type lies under a key of the store. */
const ROWS = [
  [/^v\/.*\0revision$/, 'Revision'], [/^v\/.*\0holder$/, 'Holder'], [/^v\/.*\0order\//, 'Order'], [/^v\/.*\0payment\//, 'History'],
  [/^v\/.*\0settlement\//, 'Settlement'], [/^v\/.*\0subscription\//, 'Subscription'], [/^v\/.*\0invoice\//, 'InvoicePayment'],
  [/^v\/.*\0activation\//, 'Activation'], [/^v\/.*\0(notice\/|resent$|confirmed$|erased$)/, 'Told'], [/^v\/.*\0request\//, 'Request'], [/^v\/.*\0ticket\//, 'Ticket'], [/^v\/.*\0message\//, 'Message'], [/^v\/.*\0outbox\//, 'Waiting'],
  [/^p\/.*\0owner$/, 'Owner'], [/^desk\0~notice\//, 'Progress'], [/^v\/.*\0ruling\//, 'Ruling'],
  [/^desk\0~ticket\//, 'Listing'], [/^desk\0~sign\/session\//, 'Session'], [/^desk\0~sign\/link\//, 'UsedLink'], [/^desk\0~look\//, 'Look'],
  [/^desk\0~canned\//, 'Canned'], [/^desk\0~epoch\//, 'Progress'], [/^desk\0/, 'Entry'], [/^visits\/[\d-]+\0/, 'Count'], [/^ledger\0line\//, 'Line'], [/^ledger\0head$/, 'Head'],
];
const VIEWS = [[/^license\//, 'LicenseState'], [/^parked\//, 'Parked'], [/^held\//, 'Held'], [/^certificate\//, 'Certificate'], [/^receipt\//, 'Receipt']];
const typeOf = (table, key) => table.find(([pattern]) => pattern.test(key))?.[1];

/** The store as the operator exports it; the server has to be down. */
export async function stored(data) {
  const out = await newFolder('export');
  await promisify(execFile)(SITE_BINARY, ['export', '--open', '--data-dir', data, '--out', out], { env: { ...process.env, ...SECRETS } });
  const lines = async (name) => (await readFile(join(out, name), 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const seen = [];
  for (const { object, key, value } of await lines('rows.jsonl')) {
    const record = typeOf(ROWS, `${object}\0${key}`);
    assert.ok(record, `a row of no declared type: ${object} ${key}`);
    seen.push({ place: `the row ${key}`, record, recipient: 'hosting', value: value.record }, { place: 'the name of a row', value: `${object} ${key}` });
  }
  for (const { key, value } of await lines('views.jsonl')) {
    const record = typeOf(VIEWS, key);
    assert.ok(record, `a view of no declared type: ${key}`);
    seen.push({ place: `the view ${key.split('/')[0]}`, record, recipient: 'hosting', value: value.record }, { place: 'the name of a view', value: key });
  }
  for (const alarm of await lines('alarms.jsonl')) seen.push({ place: 'an alarm', value: alarm });
  return seen;
}
