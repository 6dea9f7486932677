// The door of the Worker: JavaScript in front of the compiled program, because a panic in wasm takes the whole instance
// with it, the waiting request included. Whatever has no answer in time gets 503 here; senders and browsers try again,
// which is safe because every write of the edge may be repeated.

import { WorkerEntrypoint } from 'cloudflare:workers';
import Edge from './build/index.js';

export { Vault } from './build/index.js';

const DEADLINE_MS = 10_000;
const RETRY_AFTER_S = '5';

// The same headers as in `src/security.rs`; the program cannot be asked for them when it is the one that failed.
const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'retry-after': RETRY_AFTER_S,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const STRICT_TRANSPORT_SECURITY = 'max-age=63072000; includeSubDomains; preload';

function unavailable(env) {
  const headers = new Headers(HEADERS);
  if (String(env.SITE_URL).startsWith('https:')) headers.set('strict-transport-security', STRICT_TRANSPORT_SECURITY);
  return new Response('Temporarily unavailable. Please try again in a few seconds.\n', { status: 503, headers });
}

/** One for the life of the isolate. The program takes nothing from the context of a request, so the first one will do. */
let edge;

export default class extends WorkerEntrypoint {
  async fetch(request) {
    try {
      edge ??= new Edge(this.ctx, this.env);
      const late = scheduler.wait(DEADLINE_MS).then(() => {
        console.error('no answer within the deadline');
        return unavailable(this.env);
      });
      return await Promise.race([edge.fetch(request), late]);
    } catch (error) {
      console.error('the program failed', error instanceof Error ? error.name : 'unknown');
      return unavailable(this.env);
    }
  }

  /** A mail that no answer was found for in time goes back to its sender, who learns that it was not taken. */
  async email(message) {
    let reason;
    // Rejecting may take a while, which the program cannot wait for.
    const setReject = (given) => { reason = given; };
    const { from, to, raw, rawSize, headers } = message;
    try {
      await new Edge(this.ctx, this.env).email({ from, to, raw, rawSize, headers, setReject });
    } catch (error) {
      console.error('the program failed', error instanceof Error ? error.name : 'unknown');
      reason = 'This cannot be taken right now. Please send it again in some minutes.';
    }
    if (reason !== undefined) await message.setReject(reason);
  }

  async scheduled(controller) {
    await new Edge(this.ctx, this.env).scheduled(controller);
  }
}
