// Mail on its way in: as a mail server hands it to a program, with the envelope on top, signed.

import { createHmac } from 'node:crypto';
import { send } from './http.mjs';

export const MAIL_IN_SECRET = 'mail-in-secret-of-the-tests';
/** The name under which the mail server of the tests says what it found out about senders. */
export const AUTHORITY = 'mx.tests.example';
export const MAIL_IN = { MAIL_IN_SECRET, MAIL_IN_AUTHORITY: AUTHORITY };

let sent = 0;

/** A message of RFC 5322. What is undefined of the headers is left out. */
export function message({ from = 'Ada Asker <ada@example.com>', to, subject = 'Re: The portal is blank', text = '', headers = {} }) {
  sent += 1;
  const all = { From: from, To: to, Subject: subject, 'Message-ID': `<${sent}.${process.pid}@mail.example>`, 'Content-Type': 'text/plain; charset=utf-8', ...headers };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${text.replaceAll('\n', '\r\n')}\r\n`;
}

/** Hands a message in as a mail server does; the answer. */
export async function handIn(host, raw, { from = /<([^>]*)>/.exec(/^From: (.*)$/m.exec(raw)?.[1] ?? '')?.[1] ?? '', to = /^To: (.*?)\r?$/m.exec(raw)?.[1] ?? '', secret = MAIL_IN_SECRET, at_s = host.clock.now_s(), type = 'message/rfc822' } = {}) {
  const body = Buffer.concat([Buffer.from(`Return-Path: <${from}>\r\nDelivered-To: ${to}\r\n`), Buffer.from(raw)]);
  const signature = createHmac('sha256', secret).update(`${at_s}.`).update(body).digest('hex');
  return send(`${host.url}/mail/in`, { method: 'POST', body, headers: { 'content-type': type, 'mail-signature': `t=${at_s},v1=${signature}` } });
}
