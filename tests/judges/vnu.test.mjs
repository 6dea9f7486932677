// The Nu Html Checker of the W3C finds nothing: no error and no warning, in any page as it is answered, in the styles and in the drawings.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import vnu from 'vnu-jar';
import { UNLISTED } from '../hosts/addresses.mjs';
import { published } from '../hosts/front.mjs';
import { send } from '../hosts/http.mjs';
import { start } from '../hosts/native.mjs';
import { ROOT, buildSite, newFolder } from '../hosts/project.mjs';

/** What the checker says and is not followed, as a part of the message, each with the reason. There is nothing of that kind now. */
const EXCEPTED = [];
/** The frame into which the edge sets its pages: checked as those. */
const NO_PAGE = '_shell/index.html';

let [host, site, built] = [];
before(async () => {
  await promisify(execFile)('java', ['-version']).catch(() => assert.fail('Java is installed (tests/run does it)'));
  host = await start();
  site = await published(host.url);
  built = await buildSite(ROOT);
});
after(async () => {
  await site?.stop();
  await host?.stop();
});

/** What the checker says of a folder: where, what, and about which piece. */
async function check(folder) {
  // It ends with 1 when it has found something; what it has found is what it prints.
  const { stdout } = await promisify(execFile)('java', ['-jar', vnu, '--stdout', '--format', 'json', '--exit-zero-always', '--also-check-css', '--also-check-svg', folder], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout).messages.map(({ url, type, subType, message, extract = '' }) => `${url.slice(url.indexOf(folder) + folder.length + 1)}: ${subType ?? type}: ${message} ${extract.trim()}`)
    .filter((line) => !EXCEPTED.some((part) => line.includes(part)));
}

async function write(folder, path, text) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

test('the Nu Html Checker finds nothing in any page, style or drawing', async () => {
  const folder = await newFolder('vnu');
  const files = (await readdir(built, { recursive: true })).filter((file) => file !== NO_PAGE);
  const pages = files.filter((file) => file.endsWith('index.html')).map((file) => `/${file.slice(0, -'index.html'.length)}`);
  assert.ok(pages.length > 15, `${pages}`);
  for (const path of [...pages, ...UNLISTED]) await write(folder, `${path === '/' ? 'home' : path.replace(/^\/|\/$/g, '').replaceAll('/', '.')}.html`, (await send(site.url + path)).text);
  const styled = files.filter((file) => /\.(css|svg)$/.test(file));
  assert.ok(styled.some((file) => file.endsWith('.css')) && styled.some((file) => file.endsWith('.svg')), `${styled}`);
  for (const file of styled) await write(folder, file, await readFile(join(built, file)));
  assert.deepEqual(await check(folder), []);
});

test('a planted defect in a page, in a style and in a drawing is found', async () => {
  const folder = await newFolder('vnu');
  await write(folder, 'page.html', (await send(site.url)).text.replace('</h1>', '</h2>'));
  await write(folder, 'style.css', 'p { colour: red }');
  await write(folder, 'drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h"/></svg>');
  const found = await check(folder);
  for (const file of ['page.html', 'style.css', 'drawing.svg']) assert.ok(found.some((line) => line.startsWith(`${file}: error`)), `${file}: ${found.join('\n')}`);
});
