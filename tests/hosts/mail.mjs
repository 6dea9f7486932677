// What buyers receive: a mail sink with the interface of Resend for workerd, and a reader of `.eml` files for native.

import { createServer } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAIL_KEY } from './project.mjs';

/**
 * Starts a mail provider, which has these mails already. It keeps one mail per idempotency key, and can be told to fail
 * before or after accepting, or never to answer.
 */
export async function startMailSink(mails = []) {
  const sink = { mails, attempts: 0, fault: null };
  const seen = new Map();
  const server = createServer(async (request, answer) => {
    const reply = (status, body) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.method !== 'POST' || request.url !== '/emails') return reply(404, { message: 'not found' });
    if (request.headers.authorization !== `Bearer ${MAIL_KEY}`) return reply(401, { message: 'bad key' });
    sink.attempts += 1;
    if (sink.fault === 'hang') return undefined;
    if (sink.fault === 'before') return reply(503, { message: 'down' });
    const mail = JSON.parse(text);
    for (const field of ['from', 'to', 'subject', 'text', 'html']) {
      if (!mail[field]?.length) return reply(422, { message: `missing ${field}` });
    }
    const key = request.headers['idempotency-key'];
    const known = key && seen.get(key);
    if (known && known.text !== text) return reply(409, { name: 'invalid_idempotent_request' });
    const entry = known ?? { text, id: `mail-${sink.mails.length + 1}` };
    if (!known) {
      if (key) seen.set(key, entry);
      sink.mails.push({ id: entry.id, from: mail.from, to: [mail.to].flat().join(', '), subject: mail.subject, text: mail.text, html: mail.html, reply_to: mail.reply_to, headers: mail.headers ?? {}, key });
    }
    if (sink.fault === 'after') return reply(500, { message: 'timeout after accepting' });
    return reply(200, { id: entry.id });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  sink.url = `http://127.0.0.1:${server.address().port}`;
  sink.stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return sink;
}

/** Reads every `.eml` of a folder, oldest name first. */
export async function readMails(folder) {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.filter((name) => name.endsWith('.eml')).sort().map(async (name) => parseMail(await readFile(join(folder, name)))));
}

/** Parses a message of RFC 5322 with one text part, or takes the text part of a multipart one. */
export function parseMail(bytes) {
  const message = bytes.toString('latin1').replaceAll('\r\n', '\n');
  const split = message.indexOf('\n\n');
  const headers = {};
  for (const line of message.slice(0, split).replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = message.slice(split + 2);
  const boundary = /boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1];
  if (boundary) {
    const parts = body.split(`--${boundary}`).slice(1, -1).map((part) => parseMail(Buffer.from(part.replace(/^\n/, ''), 'latin1')));
    const plain = parts.find((part) => /text\/plain|multipart/i.test(part.headers['content-type'] ?? 'text/plain'));
    const page = parts.find((part) => /text\/html/i.test(part.headers['content-type']));
    return { to: headers.to, from: headers.from, subject: headers.subject, headers, text: plain?.text ?? '', html: page?.text };
  }
  return { to: headers.to, from: headers.from, subject: headers.subject, headers, text: decodeBody(body, headers['content-transfer-encoding']) };
}

function decodeBody(body, encoding = '8bit') {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable': {
      const bytes = body.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return Buffer.from(body, 'latin1').toString('utf8');
  }
}
