// The browser of the tests: where it is, and how it is started. It must be there, asks nobody on its own, and needs no rights of its machine.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Its path and its switches: also for those that start it themselves. */
export function executable() {
  const path = PLACES.find((place) => place && existsSync(place));
  assert.ok(path, 'Chromium is installed (tests/run does it; or set CHROMIUM)');
  return path;
}
export const SWITCHES = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'];

const options = (more) => ({ executablePath: executable(), args: [...SWITCHES, ...more] });

/** Starts it; with switches beside the usual ones. */
export const launch = (...more) => chromium.launch(options(more));

/** Starts it on a folder in which it keeps what it is told to keep, as a person's browser does. */
export const launchPersistent = (folder) => chromium.launchPersistentContext(folder, options([]));
