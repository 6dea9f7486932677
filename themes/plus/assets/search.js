// Search in the browser: the index comes once somebody wants it, and no word leaves the page.
// What it says, and how words are made: src/search.rs and src/search/word.rs of the generator.

const form = document.querySelector('.search');
const [field, count, list] = [form.q, form.querySelector('.count'), form.querySelector('.results')];

const plain = (text) => text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f'’]/g, '').match(/[\p{Alphabetic}\p{N}]+/gu) ?? [];
const stem = (word) => word.replace(/(?<=ss)es$|(?<=..[^s])s$/u, '').replace(/(?<=...)(ie|y)$/u, 'i');
const words = (text) => plain(text).map(stem);

let index;
const load = () => (index ??= fetch(form.dataset.index).then((answer) => answer.json()).then(unpack));

function unpack(packed) {
  const part = (id, heading) => ({ id, heading, words: words(heading), text: [] });
  const pages = packed.pages.map(([path, title, about, places]) => {
    const parts = [part('', '')];
    for (let at = 0; at < places.length; at += 2) parts.push(part(places[at], places[at + 1]));
    return { path, title, about, words: words(title), more: words(about), parts };
  });
  const parts = pages.flatMap((page) => page.parts);
  const everywhere = [];
  let word = '';
  for (const entry of packed.words.split(' ')) {
    const [rest, ...gaps] = entry.split(',');
    word = word.slice(0, parseInt(rest[0], 36)) + rest.slice(1);
    let at = 0;
    for (const gap of gaps) parts[at += parseInt(gap, 36)].text.push(word);
    if (!gaps.length) everywhere.push(word);
  }
  return { pages, everywhere };
}

// Pages with every word, each with its best part, best first. A title counts more than a heading, that more than text.
function search({ pages, everywhere }, typed) {
  const found = [];
  for (const page of pages) {
    const sums = page.parts.map(() => 0);
    let [total, titled] = [0, 0];
    const hasAll = typed.every((word, at) => {
      const whole = stem(word);
      // The last word may not be finished.
      const begins = (other) => at === typed.length - 1 && (other.startsWith(word) || other.startsWith(whole));
      const rate = (list) => (list.includes(whole) ? 1 : list.some(begins) ? 0.7 : 0);
      const title = rate(page.words);
      const scores = page.parts.map((part) => Math.max(5 * rate(part.words), rate(part.text)));
      scores.forEach((score, part) => { sums[part] += score; });
      const best = Math.max(12 * title, 2 * rate(page.more), ...scores);
      total += best;
      titled += title > 0;
      return best || everywhere.includes(whole);
    });
    const top = Math.max(...sums);
    const part = page.parts[titled === typed.length ? 0 : sums.indexOf(top)];
    if (hasAll && total) found.push({ page, part, score: total + top });
  }
  return found.sort((a, b) => b.score - a.score);
}

function make(name, ...content) {
  const element = document.createElement(name);
  element.append(...content);
  return element;
}

// A language has up to six forms for a number.
const { found: forms, nothing, failed } = form.dataset;
const plural = new Intl.PluralRules(document.documentElement.lang);
const say = (number) => (forms.match(`\\b(${plural.select(number)}|other): ([^|]+)`)?.[2] ?? forms).replace('{count}', number);

async function update() {
  let found = [], said = '';
  try {
    found = search(await load(), plain(field.value));
    if (field.value.trim()) said = found.length ? say(found.length) : nothing;
  } catch {
    index = undefined;
    said = failed;
  }
  count.textContent = said;
  list.replaceChildren(...found.map(({ page, part }) => {
    const link = make('a', page.title, ...(part.id ? [make('span', ` – ${part.heading}`)] : []));
    link.href = page.path + (part.id && `#${part.id}`);
    return make('li', link, make('p', page.about));
  }));
}

// On a Mac, Control+K cuts the rest of a line.
const isMac = /Mac|iP/.test(navigator.platform);
if (isMac) {
  field.setAttribute('aria-keyshortcuts', 'Meta+K');
  form.querySelector('kbd').textContent = '⌘K';
}
form.classList.add('is-live');
field.value ||= new URLSearchParams(location.search).get('q') ?? '';
field.addEventListener('focus', () => load().catch(() => {}));
field.addEventListener('input', update);
// Whoever comes back finds again what they typed.
addEventListener('pageshow', () => field.value && update());
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await update();
  list.querySelector('a')?.click();
});
document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  const held = ['ctrl', 'alt', 'shift', 'meta'].filter((name) => event[`${name}Key`]).join();
  const isShortcut = held === (isMac ? 'meta' : 'ctrl') && /^k$/i.test(key);
  if (held && !isShortcut) return;
  const stops = [field, ...list.querySelectorAll('a')];
  const next = stops.includes(target) && stops[stops.indexOf(target) + { ArrowDown: 1, ArrowUp: -1 }[key]];
  if (key === 'Escape' && form.contains(target)) {
    field.value = '';
    update();
  } else if (!next && !isShortcut) return;
  event.preventDefault();
  (next || field).focus();
});
