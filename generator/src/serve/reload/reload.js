// Waits for the next build. Where only styles changed, they change in place, so that whatever was opened, typed or scrolled to
// stays as it is; else the page is loaded anew, and the browser keeps its place. It is put into pages by `site serve` only.
let known = document.currentScript.dataset.build;

const STYLES = 'style, link[rel="stylesheet"]';

async function page() {
  const answer = await fetch(location.href, { cache: 'no-store' });
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** A page without its styles and without this script, which names the build. */
function words(page) {
  const copy = page.cloneNode(true);
  for (const element of copy.querySelectorAll(`${STYLES}, script[data-build]`)) element.remove();
  return copy.documentElement.outerHTML;
}

/** Gives the page other styles. Made by a script they need no word in the page's policy, which names the old ones. */
async function restyle(fresh) {
  const sheets = await Promise.all([...fresh.querySelectorAll(STYLES)].map(async (element) => {
    const text = element.localName === 'style' ? element.textContent : await (await fetch(element.href, { cache: 'no-store' })).text();
    return new CSSStyleSheet().replace(text);
  }));
  for (const element of document.querySelectorAll(STYLES)) element.remove();
  document.adoptedStyleSheets = sheets;
}

// What the page was like: it may have changed since by what somebody did.
const shown = page().then(words).catch(() => null);

async function show(number) {
  const fresh = await page();
  if (words(fresh) !== (await shown)) return location.reload();
  await restyle(fresh);
  known = number;
}

async function wait() {
  for (;;) {
    try {
      const answer = await fetch(`/__dev/news?after=${known}`, { cache: 'no-store' });
      const number = await answer.text();
      if (answer.ok && number !== known) await show(number);
    } catch {
      // The server is being restarted; ask again in a moment.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

wait();
