// Pictures of every page to look at, three widths wide, in light and in dark: `npm run look`. It is no test: nobody but a person can say
// whether a page is well made. What was looked at last time is thrown away, so that no picture shows what is gone.
//
//   npm run look                 everything, into .out/look/
//   npm run look -- /terms/ …    only these pages
//   npm run look -- --print …    as they would be printed, one PDF a page

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UNLISTED, listed } from '../hosts/addresses.mjs';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { OUT } from '../hosts/project.mjs';

const WIDTHS = [360, 768, 1440];
const SCHEMES = ['light', 'dark'];
/** A search with a word, and what the policy says where nothing changes. */
const MORE = ['/search/?q=license', '/privacy/upcoming/'];
const SHOTS = join(OUT, 'look');

const words = process.argv.slice(2);
const isPrint = words.includes('--print');
const wanted = words.filter((word) => word.startsWith('/'));

/** A page's name among the files: its address, readable. */
const named = (path) => path.replace(/^\/|\/$/g, '').replace(/[^\w-]+/g, '_') || 'home';

const host = await start();
const browser = await launch();
try {
  await rm(SHOTS, { recursive: true, force: true });
  await mkdir(SHOTS, { recursive: true });
  const paths = wanted.length > 0 ? wanted : [...await listed(host.url), ...UNLISTED, ...MORE];
  for (const colorScheme of isPrint ? ['light'] : SCHEMES) {
    for (const width of isPrint ? [1024] : WIDTHS) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const shoot = async (name) => {
        const path = join(SHOTS, name);
        await (isPrint ? page.pdf({ path: `${path}.pdf`, format: 'A4', margin: { top: '18mm', right: '16mm', bottom: '18mm', left: '16mm' } }) : page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true }));
      };
      // Once as somebody sees it who comes for the first time; everything else without the question in front of it.
      await page.goto(host.url);
      if (wanted.length === 0 && !isPrint) await page.screenshot({ path: join(SHOTS, `first-visit-${width}-${colorScheme}.png`) });
      await page.locator('#cookie-consent button[value=reject]').click();
      await page.waitForLoadState();
      for (const path of paths) {
        await page.goto(host.url + path);
        if (path.includes('?q=')) await page.locator('.results a').first().waitFor();
        await shoot(named(path));
        const beside = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (beside > 0) console.log(`${path} is ${beside} px wider than ${width}`);
      }
      await context.close();
    }
  }
  console.log(`${paths.length} pages in ${SHOTS}`);
} finally {
  await browser.close();
  await host.stop();
}
