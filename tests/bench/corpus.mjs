// A site of N pages for several generators: the same Markdown and front matter for all, and for each a theme with the same parts:
// a head with metadata, a header with navigation, the page, a footer, lists of sections, a sitemap and a feed. The same N gives the
// same bytes.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SECTION = 100;
const WORDS = `account activate address agency answer archive backup browser button cache change client close code copy dashboard date
delete deliver domain draft edit email export field file folder form image import install invoice key language license limit link list
login mail manage member menu message month move name network note number open order owner page password pay period plan plugin portal
post price print privacy private product project publish question quick read receipt refund release renew reply report request restore
role save search section seat send server setting share site staff start status store support table tag team template term text ticket
time title token update upload user version view visit website widget window word work year`.split(/\s+/);

/** Numbers that are the same on every run. */
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function sentence(next) {
  const words = Array.from({ length: 8 + next(9) }, () => WORDS[next(WORDS.length)]);
  const at = next(words.length);
  if (next(5) === 0) words[at] = `**${words[at]}**`;
  else if (next(7) === 0) words[at] = `\`${words[at]}\``;
  return `${capital(words.join(' '))}.`;
}

const paragraph = (next, sentences) => Array.from({ length: sentences }, () => sentence(next)).join(' ');
const address = (page) => `/part-${Math.floor(page / SECTION)}/page-${page}/`;

/** About 600 words: five parts, lists, a table, code, six links and two pictures. */
function body(page, count) {
  const next = numbers(page + 1);
  const link = () => `[${WORDS[next(WORDS.length)]}](${address(next(count))})`;
  const part = (title, text) => `## ${capital(title)}\n\n${text}\n`;
  const row = () => `| ${WORDS[next(WORDS.length)]} | ${next(1000)} | ${sentence(next)} |`;
  const list = (mark) => Array.from({ length: 5 }, (_, at) => `${mark(at)} ${sentence(next)}`).join('\n');
  return [
    paragraph(next, 4), '',
    part('what it does', `${paragraph(next, 5)}\n\n${list(() => '-')}\n\nSee ${link()} and ${link()}.`),
    part('how it works', `${paragraph(next, 4)}\n\n![A drawing](/img/one.svg)\n\n### A closer look\n\n${paragraph(next, 4)}`),
    part('numbers', `| name | number | note |\n|---|---|---|\n${Array.from({ length: 6 }, row).join('\n')}`),
    part('step by step', `${list((at) => `${at + 1}.`)}\n\n\`\`\`php\n$portal = portal_open( ${next(99)} );\nif ( ! $portal ) {\n\treturn null;\n}\n\`\`\``),
    part('what comes next', `${paragraph(next, 6)}\n\n![Another drawing](/img/two.svg)\n\nThen ${link()}, ${link()}, [one](https://example.org/${page}) and [two](https://example.net/).`),
  ].join('\n');
}

function* pages(count) {
  for (let page = 0; page < count; page += 1) {
    const next = numbers(page * 7 + 3);
    const day = new Date(Date.UTC(2020, 0, 1 + (page % 1800))).toISOString().slice(0, 10);
    const title = capital([0, 1, 2].map(() => WORDS[next(WORDS.length)]).join(' '));
    yield { file: `${address(page).slice(1, -1)}.md`, text: `---\ntitle: ${title} ${page}\ndescription: ${sentence(next).replaceAll(/[*`]/g, '')}\ndate: ${day}\n---\n\n${body(page, count)}\n` };
  }
}

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" rx="4" fill="#0c6b57"/></svg>\n';
const TITLE = 'A site to measure';

/** What each generator needs beside the pages, by file. */
const OURS = (count) => ({
  'content/site.yaml': `title: ${TITLE}\nurl: https://bench.example\ndescription: Pages and pages\nemail: a@bench.example\nsupport_url: https://bench.example/\ntime_zone: UTC\nlanguages: [en]\nnavigation:\n${sections(count).slice(0, 5).map((at) => `  - { title: Part ${at}, url: /part-${at}/ }`).join('\n')}\n`,
});

const sections = (count) => Array.from({ length: Math.ceil(count / SECTION) }, (_, at) => at);

const BASE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} · {{ .Site.Title }}</title>
<meta name="description" content="{{ .Description }}">
<link rel="stylesheet" href="/site.css">
<link rel="canonical" href="{{ .Permalink }}">
</head>
<body>
<a href="#main">Skip to content</a>
<header><a href="/">{{ .Site.Title }}</a><nav><ul>{{ range .Site.Menus.main }}<li><a href="{{ .URL }}">{{ .Name }}</a></li>{{ end }}</ul></nav></header>
<main id="main">{{ block "main" . }}{{ end }}</main>
<footer><p>{{ .Site.Title }}</p></footer>
</body>
</html>
`;

const HUGO = (count) => ({
  'hugo.yaml': `title: ${TITLE}\nbaseURL: https://bench.example/\nlanguageCode: en\ndisableKinds: [taxonomy, term]\nenableRobotsTXT: true\nmarkup: {highlight: {codeFences: false}}\nmenus:\n  main:\n${sections(count).slice(0, 5).map((at) => `    - { name: Part ${at}, url: /part-${at}/ }`).join('\n')}\n`,
  'layouts/baseof.html': BASE,
  'layouts/page.html': '{{ define "main" }}<article><header><h1>{{ .Title }}</h1><p>{{ .Description }}</p><p><time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date.Format "2 January 2006" }}</time></p></header>{{ .Content }}</article>{{ end }}\n',
  'layouts/section.html': '{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a><br>{{ .Description }}</li>{{ end }}</ul>{{ end }}\n',
  'layouts/home.html': '{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>{{ end }}\n',
  'layouts/404.html': '{{ define "main" }}<h1>Not found</h1>{{ end }}\n',
  'static/site.css': 'body{margin:2rem}\n',
});

/** Writes the site for `site` and for `hugo` below a folder. */
export async function write(count, folder) {
  const files = new Map();
  const add = (path, text) => files.set(path, text);
  for (const { file, text } of pages(count)) for (const root of ['ours', 'hugo']) add(`${root}/content/${file}`, text);
  for (const at of sections(count)) for (const root of ['ours', 'hugo']) add(`${root}/content/part-${at}/_index.md`, `---\ntitle: Part ${at}\n---\n`);
  for (const name of ['one', 'two']) {
    add(`ours/content/img/${name}.svg`, PICTURE);
    add(`hugo/static/img/${name}.svg`, PICTURE);
  }
  for (const [path, text] of Object.entries(OURS(count))) add(`ours/${path}`, text);
  for (const [path, text] of Object.entries(HUGO(count))) add(`hugo/${path}`, text);
  const folders = new Set([...files.keys()].map((path) => dirname(join(folder, path))));
  for (const one of folders) await mkdir(one, { recursive: true });
  for (const [path, text] of files) await writeFile(join(folder, path), text);
  return { ours: join(folder, 'ours'), hugo: join(folder, 'hugo'), page: (page) => join(folder, 'ours/content', `${address(page).slice(1, -1)}.md`), built: (page) => `${address(page).slice(1)}index.html` };
}
