// A picture that is still to come: its room is as large as it will be and has its mean colour, which the policy of the site allows, and
// where it never comes the words for it can be read on that colour.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { copyOfProject } from '../hosts/project.mjs';

const WIDTH = 600;
const HEIGHT = 300;
/** Two pictures: their colour, and that of the words on it. */
const DARK = { colour: 'rgb(9, 90, 200)', words: 'rgb(255, 255, 255)' };
const LIGHT = { colour: 'rgb(250, 240, 230)', words: 'rgb(0, 0, 0)' };

let [browser, host] = [];
before(async () => {
  browser = await launch();
  const [dark, light] = [await flat(DARK.colour), await flat(LIGHT.colour)];
  const text = '---\ntitle: Pictures\ndescription: Two pictures.\nweight: 99\n---\n\n![Dark one](dark.png)\n\n![Light one](light.png)\n';
  host = await start({ root: await copyOfProject({ files: { 'docs/dark.png': dark, 'docs/light.png': light, 'docs/pictures.md': text } }) });
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

/** A PNG of one colour. */
async function flat(colour) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  await page.setContent(`<body style="background: ${colour}">`);
  const png = await page.screenshot();
  await page.close();
  return png;
}

/** Opens the page; what becomes of its pictures is said by `answer`. */
async function open(colorScheme, answer) {
  const page = await (await browser.newContext({ viewport: { width: 1024, height: 1400 }, colorScheme })).newPage();
  page.refused = [];
  page.on('console', (message) => { if (/Content Security Policy/i.test(message.text())) page.refused.push(message.text()); });
  await page.route(/\.(png|webp|avif|jpg)$/, answer);
  await page.goto(`${host.url}/docs/pictures/`, { waitUntil: 'commit' });
  await page.getByAltText('Light one').waitFor({ state: 'attached' });
  return page;
}

const seen = (page, name) => page.getByAltText(name).evaluate((picture) => {
  const { backgroundColor, color } = getComputedStyle(picture);
  const { width, height } = picture.getBoundingClientRect();
  return { is: { colour: backgroundColor, words: color }, width, shape: width / height, is_there: picture.complete && picture.naturalWidth > 0 };
});

for (const colorScheme of ['light', 'dark']) {
  test(`the room of a picture that is on its way has its colour and its shape, on a ${colorScheme} page`, async () => {
    const waiting = [];
    const page = await open(colorScheme, (route) => waiting.push(route));
    for (const [name, expected] of [['Dark one', DARK], ['Light one', LIGHT]]) {
      const { is, width, shape, is_there } = await seen(page, name);
      assert.deepEqual(is, expected, name);
      assert.equal(is_there, false, name);
      assert.ok(width > 300 && Math.abs(shape - WIDTH / HEIGHT) < 0.02, `${name}: ${width}, ${shape}`);
    }
    assert.deepEqual(page.refused, []);
    await Promise.all(waiting.map((route) => route.continue()));
    await page.context().close();
  });
}

test('a picture that never comes leaves its words, and one that comes is shown', async () => {
  const page = await open('dark', (route) => (/dark/.test(route.request().url()) ? route.abort() : route.continue()));
  await page.waitForFunction(() => document.querySelector('[alt="Dark one"]').complete && document.querySelector('[alt="Light one"]').naturalWidth > 0);
  assert.deepEqual((await seen(page, 'Dark one')).is, DARK);
  assert.equal((await seen(page, 'Light one')).is_there, true);
  await page.context().close();
});
