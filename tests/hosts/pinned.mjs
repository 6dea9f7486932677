// Runs inside workerd in front of the product's own entry: the worker and its alarms live on the clock of the tests.
// `Date` is replaced before the product's modules are evaluated, which is why they are imported dynamically.

import { env } from 'cloudflare:workers';

const [at_ms, real_ms, rate] = env.TEST_CLOCK.split(':').map(Number);
const RealDate = Date;
const pinned = () => Math.floor(at_ms + (RealDate.now() - real_ms) * rate);
const real = (pinned_ms) => Math.floor(real_ms + (pinned_ms - at_ms) / rate);

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [pinned()] : given));
  }

  static now() {
    return pinned();
  }
};

/** Alarms are set in pinned time and must ring in real time. */
function pinAlarms(storage) {
  const prototype = Object.getPrototypeOf(storage);
  if (prototype.isPinned) return;
  const { setAlarm, getAlarm } = prototype;
  Object.defineProperties(prototype, {
    isPinned: { value: true },
    setAlarm: { value(time, options) { return setAlarm.call(this, real(Number(time)), options); } },
    getAlarm: { async value(options) {
      const time = await getAlarm.call(this, options);
      return time === null ? null : Math.floor(at_ms + (time - real_ms) * rate);
    } },
  });
}

const entry = await import('./entry.mjs');

export default entry.default;

export const Vault = new Proxy(entry.Vault, {
  construct(target, [state, bindings], newTarget) {
    pinAlarms(state.storage);
    return Reflect.construct(target, [state, bindings], newTarget);
  },
});
