// The addresses of the site: what the sitemap lists, and what it does not.

import assert from 'node:assert/strict';
import { send } from './http.mjs';

/** What no sitemap lists: what is not there, the search, and what the edge writes by itself. */
export const UNLISTED = ['/nothing-here', '/500.html', '/search/', '/consent', '/checkout/cancel', '/privacy/request'];

/** Paths of the pages that search engines may list. */
export async function listed(url, headers = {}) {
  const sitemap = (await send(`${url}/sitemap.xml`, { headers })).text;
  const paths = [...sitemap.matchAll(/<loc>https?:\/\/[^/]+([^<]*)<\/loc>/g)].map(([, path]) => path);
  assert.ok(paths.length > 15 && paths.includes('/') && paths.includes('/pricing/'), sitemap);
  return paths;
}
