// A picture that is still to come: its room is as large as it will be and has its mean colour, which the policy of the site allows, and
// where it never comes the words for it can be read on that colour.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../hosts/chromium.mjs';
import { start } from '../hosts/native.mjs';
import { copyOfProject } from '../hosts/project.mjs';

const WIDTH = 600;
const HEIGHT = 300;
/** Of the four values of a point. Chromium 156 reads it out of any AVIF as if it went from 16 to 235, also where the file says otherwise. */
const COVER = 3;
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

/** A picture that goes from red to blue: as a photo, and once more with a part of it clear. */
async function fading(options, opacity) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  await page.setContent(`<style>body { margin: 0; height: 100vh; background: linear-gradient(to right, rgb(230 40 20), rgb(20 40 ${opacity})); }</style>`);
  const picture = await page.screenshot(options);
  await page.close();
  return picture;
}

test('what becomes AVIF shows what the file shows, clear points as well', async () => {
  const root = await copyOfProject({ files: {
    'docs/whole.jpg': await fading({ type: 'jpeg', quality: 95 }, '230'),
    'docs/clear.png': await fading({ omitBackground: true }, '230 / 20%'),
    'docs/pictures.md': '---\ntitle: Pictures\ndescription: Two pictures.\nweight: 99\n---\n\n![Whole](whole.jpg)\n\n![Clear](clear.png)\n',
  } });
  const site = await start({ root });
  const page = await browser.newPage();
  await page.goto(`${site.url}/docs/pictures/`);
  const points = (file) => page.evaluate(async (file) => {
    const picture = new Image();
    picture.src = file;
    await picture.decode();
    const canvas = new OffscreenCanvas(100, 1).getContext('2d');
    canvas.drawImage(picture, 0, 0, 100, 1);
    return [5, 50, 95].map((x) => [...canvas.getImageData(x, 0, 1, 1).data]);
  }, file);
  for (const [name, file] of [['Whole', 'whole.jpg'], ['Clear', 'clear.png']]) {
    const source = await page.getByAltText(name).evaluate((img) => img.closest('picture')?.querySelector('source[type="image/avif"]')?.srcset.split(' ')[0]);
    assert.ok(source?.endsWith('.avif'), `${name} is AVIF`);
    const [shown, meant] = [await points(source), await points(`/docs/${file}`)];
    shown.flat().forEach((value, at) => assert.ok(Math.abs(value - meant.flat()[at]) <= (at % 4 === COVER ? 14 : 8), `${name}: ${shown} is ${meant}`));
  }
  await page.close();
  await site.stop();
});

test('a picture that never comes leaves its words, and one that comes is shown', async () => {
  const page = await open('dark', (route) => (/dark/.test(route.request().url()) ? route.abort() : route.continue()));
  await page.waitForFunction(() => document.querySelector('[alt="Dark one"]').complete && document.querySelector('[alt="Light one"]').naturalWidth > 0);
  assert.deepEqual((await seen(page, 'Dark one')).is, DARK);
  assert.equal((await seen(page, 'Light one')).is_there, true);
  await page.context().close();
});
