// A load generator that costs little itself: it sends the same bytes again and again over connections that stay open, and
// reads of an answer no more than where it ends.

import { connect } from 'node:net';

/** The bytes of a request with a JSON body. */
export function post(port, path, json) {
  const body = JSON.stringify(json);
  return Buffer.from([
    `POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Accept: */*', 'Accept-Encoding: identity',
    'User-Agent: WordPress/6.8; https://customer.example', 'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`, '', body,
  ].join('\r\n'));
}

/** The bytes of a request for a page. */
export function get(port, path, headers = {}) {
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Accept: text/html', 'Accept-Encoding: identity', ...more, '', ''].join('\r\n'));
}

/** One connection on which requests follow each other. */
class Connection {
  #received = '';

  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => this.#take(text));
    for (const event of ['error', 'close']) this.socket.on(event, () => this.reject?.(new Error('the connection broke')));
  }

  /** Sends a request; its answer as it came. */
  ask(bytes) {
    return new Promise((resolve, reject) => {
      Object.assign(this, { resolve, reject });
      this.socket.write(bytes);
    });
  }

  close() {
    this.socket.removeAllListeners('close').destroy();
  }

  /** Where an answer ends; beyond what has come where that is not known yet, null where it cannot be. */
  #end(head) {
    const fields = this.#received.slice(0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(fields);
    if (length) return head + 4 + Number(length[1]);
    if (!/\r\ntransfer-encoding: *chunked/i.test(fields)) return null;
    // No page of the site has such a line.
    const last = this.#received.indexOf('\r\n0\r\n\r\n', head);
    return last < 0 ? Infinity : last + 7;
  }

  #take(text) {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const end = this.#end(head);
    if (end === null) return void this.reject(new Error(`an answer without a length:\n${this.#received.slice(0, head)}`));
    if (this.#received.length < end) return;
    const answer = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    this.resolve(answer);
  }
}

/** Asks a server `requests` times over several connections at once; how long each answer took, in ms, and what came first. */
export async function load({ port, bytes }, requests, connections_max) {
  // Opened anew for each load, since a server closes a connection that has been idle for some seconds.
  const connections = Array.from({ length: connections_max }, () => new Connection(port));
  const took = [];
  let left = requests;
  let first;
  await Promise.all(connections.map(async (connection) => {
    while (left > 0) {
      left -= 1;
      const asked = performance.now();
      const answer = await connection.ask(bytes);
      took.push(performance.now() - asked);
      first ??= answer;
    }
    connection.close();
  }));
  return { took, first };
}
