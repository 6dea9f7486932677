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

  #take(text) {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, head));
    if (!length) return void this.reject(new Error(`an answer without a length:\n${this.#received.slice(0, head)}`));
    const end = head + 4 + Number(length[1]);
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
