// Waits for the next build and takes what it changed: the styles alone, or the page anew. It is put into pages by `site serve` only.
let known = document.currentScript.dataset.build;

// `/assets/site.0a1b2c3d.css` without what changes with its content.
const name = (address) => new URL(address, location).pathname.replace(/\.[0-9a-f]+\.css$/, '');

async function restyle() {
  const answer = await fetch(`/__dev/styles?path=${encodeURIComponent(location.pathname)}`, { cache: 'no-store' });
  const { inline, sheets } = await answer.json();
  // The policy of the page names the styles that came with it, and no others; a sheet made by a script is not held against it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(inline.join('\n'));
  document.adoptedStyleSheets = [sheet];
  for (const style of document.querySelectorAll('style')) style.disabled = true;
  for (const link of document.querySelectorAll('link[rel=stylesheet]')) {
    const anew = sheets.find((address) => name(address) === name(link.href));
    if (anew) link.href = anew;
  }
}

async function wait() {
  for (;;) {
    try {
      const answer = await fetch(`/__dev/news?after=${known}`, { cache: 'no-store' });
      if (!answer.ok) throw new Error(`news: ${answer.status}`);
      const { build, stays } = await answer.json();
      if (!stays) return location.reload();
      if (String(build) !== known) await restyle();
      known = String(build);
    } catch {
      // The server is being restarted, or in trouble: ask again in a moment.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

wait();
