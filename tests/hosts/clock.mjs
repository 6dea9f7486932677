// A clock that starts at a pinned moment and runs from there, optionally faster than real time.
// `pinned.mjs` applies the same rule inside workerd, so tests and worker agree on what time it is.

export class Clock {
  constructor(at, rate = 1) {
    this.at_ms = Date.parse(at);
    this.real_ms = Date.now();
    this.rate = rate;
  }

  now_ms() {
    return Math.floor(this.at_ms + (Date.now() - this.real_ms) * this.rate);
  }

  now_s() {
    return Math.floor(this.now_ms() / 1000);
  }

  /** The form in which `pinned.mjs` reads it from the binding TEST_CLOCK. */
  toString() {
    return `${this.at_ms}:${this.real_ms}:${this.rate}`;
  }
}
