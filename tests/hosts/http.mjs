// Plain HTTP without conveniences: any method, no redirect is followed, no header is added but the necessary ones,
// and an answer that does not come in time is an error (a hang must fail a test).

import http from 'node:http';

const AT_ONCE_BYTES = 1 << 16;
const REFUSAL_MS = 2_000;

/** Sends one request; `{status, headers, text, json()}`. `form` and `json` set body and content type, `from` the own address. */
export function send(url, { method = 'GET', headers = {}, body, form, json, from, seconds_max = 20 } = {}) {
  const all = { ...headers };
  if (form) {
    body = new URLSearchParams(form).toString();
    all['content-type'] ??= 'application/x-www-form-urlencoded';
  } else if (json !== undefined) {
    body = JSON.stringify(json);
    all['content-type'] ??= 'application/json';
  }
  if (body !== undefined) all['content-length'] ??= Buffer.byteLength(body);
  // Node's own URL parsing would tidy hostile paths up; they are sent as they are written.
  const [, origin, path] = /^(https?:\/\/[^/]+)(.*)$/s.exec(String(url));
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path: path || '/', method, headers: all, agent: false, localAddress: from }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) });
      });
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${seconds_max} s: ${method} ${url}`)), seconds_max * 1000);
    request.on('error', (error) => { clearTimeout(timer); reject(error); });
    const bytes = Buffer.from(body ?? '');
    const first = bytes.subarray(0, AT_ONCE_BYTES);
    if (first.length > 0) request.write(first);
    if (first.length === bytes.length) {
      request.end();
      return;
    }
    // Whoever is refused at the sight of the length is told so while they still write, and the connection is closed: who goes
    // on writing then may not get to read the answer. So a long body waits a moment for one.
    const rest = setTimeout(() => request.end(bytes.subarray(AT_ONCE_BYTES)), REFUSAL_MS);
    request.on('response', (answer) => {
      clearTimeout(rest);
      answer.on('end', () => request.destroy());
    });
  });
}

/** A form with files as a browser sends it (RFC 7578), from a page of this origin. */
export function multipart(origin, fields, files) {
  const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
  const field = ([name, value]) => Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  const file = ({ name, type = 'application/octet-stream', bytes }) => Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n'),
  ]);
  return {
    method: 'POST',
    headers: { origin, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...Object.entries(fields).map(field), ...files.map(file), Buffer.from(`--${boundary}--\r\n`)]),
  };
}
