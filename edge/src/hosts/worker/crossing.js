// What the program asks of the platform once for every request, each in one call: a step from wasm to JavaScript and back
// costs about as much as looking up a route, and header by header there would be dozens.

/**
 * The head of a request: method, address, then names and values of headers in turn, a line each. None of them can hold a
 * line break.
 */
export function head(request) {
  const lines = [request.method, request.url];
  for (const [name, value] of request.headers) lines.push(name, value);
  return lines.join('\n');
}

/** The whole body; only for one whose length is declared, which the platform then keeps to. */
export function body(request) {
  return request.bytes();
}

/**
 * Most answers to programs have the headers of an answer before, and a set that is ready costs a tenth of a new one. Only
 * sets that say nothing of whoever asked are kept.
 */
const ready = new Map();
const READY_MAX = 16;
const OF_A_PROGRAM = 'content-type\napplication/json';
const OF_SOMEBODY = /\n(location|set-cookie|etag)\n/;

function headers(lines) {
  const known = ready.get(lines);
  if (known) return known;
  const made = new Headers();
  const parts = lines.split('\n');
  for (let at = 0; at + 1 < parts.length; at += 2) made.append(parts[at], parts[at + 1]);
  if (ready.size < READY_MAX && lines.startsWith(OF_A_PROGRAM) && !OF_SOMEBODY.test(lines)) ready.set(lines, made);
  return made;
}

/**
 * A response; names and values of its headers in turn, a line each. A body of bytes lies in the memory of the program and
 * is copied out of it; where there are none there is no body.
 */
export function respond(status, lines, body) {
  if (body instanceof Uint8Array) body = body.length > 0 ? body.slice() : null;
  return new Response(body, { status, headers: headers(lines) });
}

/** The text under a key of the namespace of views, or null. */
export function view(env, key) {
  return env.VIEWS.get(key);
}

const UTF8 = new TextEncoder();

/**
 * Keys and values of the rows that a query finds, in turn, a line each: neither a key of ours nor a sealed value nor JSON has
 * a line break. They go as bytes, which takes a third of the time of a text that long. Somebody with thousands of sites has as many rows.
 */
export function rows(sql, query, parameters) {
  let lines = '';
  for (const [key, value] of sql.exec(query, ...parameters).raw()) lines += `${key}\n${value}\n`;
  return UTF8.encode(lines);
}
