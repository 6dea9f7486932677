// A site of N pages for several generators: the same Markdown and front matter for all, and for each a theme with the same parts:
// a head with metadata, a header with navigation, the page, a footer, lists of sections, a sitemap and one feed. The same N gives the
// same bytes. No two blocks of code are alike: whoever keeps what was read would else be measured at nothing.

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

/** Code as documents have it, each language with names and numbers of its own. */
const CODE = [
  ['php', (name, number) => `add_action( 'init', function () {
	register_setting( 'shop', 'shop_${name}', array(
		'type'    => 'integer',
		'default' => ${number},
	) );
} );
// Remove old records once a day.
function shop_${name}( int $days = ${number} ): int {
	global $wpdb;
	return (int) $wpdb->query( $wpdb->prepare( 'DELETE FROM ${name} WHERE age > %d', $days ) );
}`],
  ['bash', (name, number) => `set -euo pipefail
# Export every ${name} of one customer.
for id in $(head -n ${number} ${name}.txt); do
  wp shop export --customer="$id" --format=json > "out/$id.json"
done
tar czf ${name}.tar.gz out/ && rm -r out
echo "wrote $(wc -c < ${name}.tar.gz) bytes"`],
  ['javascript', (name, number) => `const ${name} = JSON.parse(localStorage.getItem('${name}') ?? '{}');
if (${name}.allowed === true) {
  import('./${name}.js').then((found) => found.start({ sample: ${number} / 1000 }));
}
// Ask again after a year.
export function expired(at, now = Date.now()) {
  return now - at > ${number} * 24 * 3600 * 1000;
}`],
  ['json', (name, number) => `{
  "name": "shop-${name}",
  "retention_days": ${number},
  "regions": ["eu", "us"],
  "processors": [
    { "name": "${name}", "purpose": "receipts" }
  ],
  "consent": true
}`],
];

function code(next, page) {
  const [language, text] = CODE[page % CODE.length];
  return `\`\`\`${language}\n${text(`${WORDS[next(WORDS.length)]}_${page}`, 1 + next(999))}\n\`\`\``;
}

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
    part('step by step', `${list((at) => `${at + 1}.`)}\n\n${code(next, page)}`),
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
/** Entries of a feed: what ours has. */
const FEED = 50;

const sections = (count) => Array.from({ length: Math.ceil(count / SECTION) }, (_, at) => at);
const menu = (count) => sections(count).slice(0, 5);

/** What each generator needs beside the pages, by file. */
const OURS = (count, { highlight }) => ({
  'content/site.yaml': `title: ${TITLE}
url: https://bench.example
description: Pages and pages
email: a@bench.example
support_url: https://bench.example/
time_zone: UTC
languages: [en]
highlight: ${highlight}
navigation:
${menu(count).map((at) => `  - { title: Part ${at}, url: /part-${at}/ }`).join('\n')}
`,
});

/** A page as both of the others write it, with the words that they have for its parts. */
const base = ({ before = '', title, site, description, address, item, main }) => `${before}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${site}</title>
<meta name="description" content="${description}">
<link rel="stylesheet" href="/site.css">
<link rel="canonical" href="${address}">
</head>
<body>
<a href="#main">Skip to content</a>
<header><a href="/">${site}</a><nav><ul>${item}</ul></nav></header>
<main id="main">${main}</main>
<footer><p>${site}</p></footer>
</body>
</html>
`;

const HUGO = (count, { highlight }) => ({
  'hugo.yaml': `title: ${TITLE}
baseURL: https://bench.example/
languageCode: en
disableKinds: [taxonomy, term]
enableRobotsTXT: true
outputs: { home: [html, rss], section: [html] }
services: { rss: { limit: ${FEED} } }
markup: { highlight: { codeFences: ${highlight}, noClasses: false } }
menus:
  main:
${menu(count).map((at) => `    - { name: Part ${at}, url: /part-${at}/ }`).join('\n')}
`,
  'layouts/baseof.html': base({
    title: '{{ .Title }}', site: '{{ .Site.Title }}', description: '{{ .Description }}', address: '{{ .Permalink }}',
    item: '{{ range .Site.Menus.main }}<li><a href="{{ .URL }}">{{ .Name }}</a></li>{{ end }}', main: '{{ block "main" . }}{{ end }}',
  }),
  'layouts/page.html': '{{ define "main" }}<article><header><h1>{{ .Title }}</h1><p>{{ .Description }}</p><p><time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date.Format "2 January 2006" }}</time></p></header>{{ .Content }}</article>{{ end }}\n',
  'layouts/section.html': '{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a><br>{{ .Description }}</li>{{ end }}</ul>{{ end }}\n',
  'layouts/home.html': '{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>{{ end }}\n',
  'layouts/404.html': '{{ define "main" }}<h1>Not found</h1>{{ end }}\n',
});

const ZOLA = (count, { highlight }) => ({
  'config.toml': `title = "${TITLE}"
base_url = "https://bench.example"
generate_feeds = true
feed_limit = ${FEED}
minify_html = true
compile_sass = false
build_search_index = false
[markdown]
smart_punctuation = true
${highlight ? '[markdown.highlighting]\ntheme = "github-light"\nstyle = "class"\n' : ''}[extra]
menu = [${menu(count).map((at) => `{ name = "Part ${at}", url = "/part-${at}/" }`).join(', ')}]
`,
  'content/_index.md': `+++\ntitle = "${TITLE}"\n+++\n`,
  'templates/base.html': base({
    before: '{% if page %}{% set it = page %}{% elif section %}{% set it = section %}{% endif %}',
    title: '{{ it.title }}', site: '{{ config.title }}', description: '{{ it.description }}', address: '{{ it.permalink | safe }}',
    item: '{% for at in config.extra.menu %}<li><a href="{{ at.url | safe }}">{{ at.name }}</a></li>{% endfor %}', main: '{% block main %}{% endblock %}',
  }),
  'templates/page.html': '{% extends "base.html" %}{% block main %}<article><header><h1>{{ page.title }}</h1><p>{{ page.description }}</p><p><time datetime="{{ page.date }}">{{ page.date | date(format="%e %B %Y") }}</time></p></header>{{ page.content | safe }}</article>{% endblock %}\n',
  'templates/section.html': '{% extends "base.html" %}{% block main %}<h1>{{ section.title }}</h1><ul>{% for at in section.pages %}<li><a href="{{ at.path | safe }}">{{ at.title }}</a><br>{{ at.description }}</li>{% endfor %}</ul>{% endblock %}\n',
  'templates/index.html': '{% extends "base.html" %}{% block main %}<h1>{{ section.title }}</h1><ul>{% for path in section.subsections %}{% set at = get_section(path=path, metadata_only=true) %}<li><a href="{{ at.path | safe }}">{{ at.title }}</a></li>{% endfor %}</ul>{% endblock %}\n',
  'templates/atom.xml': `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{{ lang }}">
<title>{{ config.title }}</title>
<id>{{ config.base_url | safe }}</id>
<updated>{{ last_updated | date(format="%+") }}</updated>
{% for page in pages %}<entry>
<title>{{ page.title }}</title>
<id>{{ page.permalink | safe }}</id>
<link rel="alternate" href="{{ page.permalink | safe }}"/>
<updated>{{ page.date | date(format="%+") }}</updated>
<summary>{{ page.description }}</summary>
</entry>
{% endfor %}</feed>
`,
  'templates/404.html': '<!doctype html><html lang="en"><title>Not found</title><h1>Not found</h1></html>\n',
});

/** By generator: its files, and where it has what is copied as it is. */
const SITES = {
  ours: { files: OURS, copied: 'content' },
  hugo: { files: HUGO, copied: 'static' },
  zola: { files: ZOLA, copied: 'static' },
};

/** Writes the site for each generator below a folder; with `highlight` for words of code that carry their kind. */
export async function write(count, folder, options = { highlight: false }) {
  const files = new Map();
  for (const [name, { files: its, copied }] of Object.entries(SITES)) {
    const add = (path, text) => files.set(`${name}/${path}`, text);
    for (const { file, text } of pages(count)) add(`content/${file}`, text);
    for (const at of sections(count)) add(`content/part-${at}/_index.md`, `---\ntitle: Part ${at}\n${name === 'zola' ? 'sort_by: date\n' : ''}---\n`);
    for (const picture of ['one', 'two']) add(`${copied}/img/${picture}.svg`, PICTURE);
    if (name !== 'ours') add(`${copied}/site.css`, 'body{margin:2rem}\n');
    for (const [path, text] of Object.entries(its(count, options))) add(path, text);
  }
  const folders = new Set([...files.keys()].map((path) => dirname(join(folder, path))));
  for (const one of folders) await mkdir(one, { recursive: true });
  for (const [path, text] of files) await writeFile(join(folder, path), text);
  return {
    ...Object.fromEntries(Object.keys(SITES).map((name) => [name, join(folder, name)])),
    page: (page) => join(folder, 'ours/content', `${address(page).slice(1, -1)}.md`),
    built: (page) => `${address(page).slice(1)}index.html`,
  };
}
