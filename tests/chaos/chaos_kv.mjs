// A KV namespace that behaves as badly as the documentation allows. The edge's real KV binding talks to it.
//
// What is written is central at once, but a location answers for 60 s from what it has read before, misses included;
// `list` shows a new key 60 s late. Time is virtual and moves only when a test says so. Faults are queued by a test and
// hit the next matching operations. State is in a Durable Object on disk, so it survives a kill of the runtime.

import { DurableObject } from 'cloudflare:workers';

const LIFE_S = 60;
const FAULT_ANSWERS = { before: 503, after: 504, throttled: 429 };

export class Store extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.storage = state.storage;
    state.blockConcurrencyWhile(async () => {
      const saved = await state.storage.get('store');
      Object.assign(this, saved ?? { now: 0, central: {}, read: {}, faults: [], log: [] });
    });
  }

  #save() {
    const { now, central, read, faults, log } = this;
    return this.storage.put('store', { now, central, read, faults, log });
  }

  /** The store's controls: `{seconds}`, `{fault}`, `{heal}`, `{state}`. */
  async control({ seconds = 0, fault, heal }) {
    this.now += seconds;
    if (heal) this.faults = [];
    if (fault) this.faults.push({ times: 1, op: null, prefix: '', ...fault });
    await this.#save();
    return { now: this.now, keys: Object.keys(this.central).sort(), log: this.log, faults: this.faults };
  }

  async fetch(request) {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice(1));
    const op = request.method === 'GET' && key === '' ? 'list' : { GET: 'get', PUT: 'put', DELETE: 'delete' }[request.method];
    if (!op) return new Response('not offered by the chaos store', { status: 501 });
    const value = op === 'put' ? await request.text() : null;
    const name = op === 'list' ? url.searchParams.get('prefix') ?? '' : key;
    const fault = this.#takeFault(op, name);
    this.log.push(`${op} ${name}${fault ? ` ! ${fault}` : ''}`);
    let answer;
    if (fault === 'hang') {
      await this.#save();
      return new Promise(() => {});
    }
    if (fault !== 'before' && fault !== 'throttled') answer = this.#run(op, key, value, url.searchParams, request.headers);
    await this.#save();
    return fault ? new Response(fault, { status: FAULT_ANSWERS[fault] }) : answer;
  }

  #takeFault(op, name) {
    const hit = this.faults.find((fault) => (!fault.op || fault.op === op) && name.startsWith(fault.prefix));
    if (!hit) return null;
    hit.times -= 1;
    if (hit.times <= 0) this.faults = this.faults.filter((fault) => fault !== hit);
    return hit.kind;
  }

  #run(op, key, value, query, headers) {
    const alive = (entry) => entry && !entry.gone && !(entry.expires <= this.now);
    if (op === 'get') {
      let seen = this.read[key];
      if (!seen || this.now - seen.at >= LIFE_S) {
        seen = { at: this.now, entry: alive(this.central[key]) ? this.central[key] : null };
        this.read[key] = seen;
      }
      if (!seen.entry) return new Response(null, { status: 404 });
      return new Response(seen.entry.value, { headers: seen.entry.metadata ? { 'CF-KV-Metadata': seen.entry.metadata } : {} });
    }
    if (op === 'list') {
      // A change shows up in lists late: a new key is not there yet, a deleted one still is.
      const old = ({ at }) => this.now - at >= LIFE_S;
      const listed = (entry) => (entry.gone ? !old(entry) && entry.listed : alive(entry) && old(entry));
      const limit = Number(query.get('key_count_limit') ?? 1000);
      const from = query.get('cursor') ?? '';
      const names = Object.keys(this.central).filter((name) => name.startsWith(query.get('prefix') ?? '') && name > from && listed(this.central[name])).sort();
      const page = names.slice(0, limit);
      return Response.json({ keys: page.map((name) => ({ name })), list_complete: names.length <= limit, cursor: names.length > limit ? page.at(-1) : undefined, cacheStatus: null });
    }
    const before = this.central[key];
    const listed = Boolean(before && !before.gone && this.now - before.at >= LIFE_S);
    if (op === 'delete') this.central[key] = { gone: true, listed, at: this.now };
    else {
      const ttl = Number(query.get('expiration_ttl') ?? Infinity);
      // An overwritten key stays in the lists it was in.
      this.central[key] = { value, metadata: headers.get('CF-KV-Metadata'), at: listed ? before.at : this.now, expires: this.now + ttl };
    }
    return new Response();
  }
}

const store = (env) => env.STORE.get(env.STORE.idFromName('only'));

export default {
  fetch: (request, env) => store(env).fetch(request),
};

export const control = {
  async fetch(request, env) {
    return Response.json(await store(env).control(await request.json()));
  },
};
