// The end of what was bought: six years after a license ended, all that is known of it and of its buyer goes by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../hosts/http.mjs';
import { copyOfProject, until } from '../hosts/project.mjs';
import { Requester } from '../hosts/rights.mjs';
import { HOST, Shop } from './shop.mjs';

test(`six years after its license ended an order is gone, with all that leads to it (${HOST})`, async () => {
  const root = await copyOfProject();
  const shop = await Shop.open({ root, at: '2027-03-15T10:00:00Z' });
  const people = new Requester(shop);
  const email = 'long.ago@example.com';
  try {
    const { key, session } = await shop.buy({ email });
    await shop.mailWith(key);
    await shop.restart({ at: '2034-03-15T09:00:00Z' });
    assert.equal((await shop.validate(key)).code, 'expired', 'on the day before its end it is there');
    await shop.restart({ at: '2034-03-15T11:00:00Z' });
    await shop.validates(key, 'not_found');
    await people.ask(email, 'access');
    await until('the answer', async () => (await people.mailsTo(email, /we hold nothing about this address/))[0]);
    // A report of the money comes to nothing then, and is taken all the same.
    await shop.deliver(shop.stripe.events.refunded(session));
    assert.equal((await send(`${shop.host.url}/healthz`)).status, 200);
  } finally {
    await shop.close();
  }
});
