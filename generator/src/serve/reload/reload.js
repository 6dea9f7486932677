// Waits for the next build and loads the page anew. It is put into pages by `site serve` only.
const known = document.currentScript.dataset.build;

async function wait() {
  for (;;) {
    try {
      const answer = await fetch(`/__dev/news?after=${known}`, { cache: 'no-store' });
      if (answer.ok && (await answer.text()) !== known) return location.reload();
    } catch {
      // The server is being restarted; ask again in a moment.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

wait();
