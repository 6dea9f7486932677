// Stands between a host and a browser and changes what passes: one defect that a test plants, or what only `site serve` adds for those
// who write.

import http from 'node:http';

/**
 * The same site at another address. `ask` gives headers to send on (undefined takes one away), `page` changes the HTML, `headers`
 * changes the answer's own, `status` its status, `loose` takes the content security policy off so that what is planted runs.
 */
export async function front(url, { ask, page, headers, status = (code) => code, loose = false } = {}) {
  const server = http.createServer((request, answer) => {
    const changed = Object.fromEntries(Object.entries({ ...request.headers, ...ask?.(request) }).filter(([, value]) => value !== undefined));
    const onward = http.request(url + request.url, { method: request.method, headers: changed }, (given) => {
      const chunks = [];
      given.on('data', (chunk) => chunks.push(chunk));
      given.on('end', () => {
        const told = { ...given.headers };
        let body = Buffer.concat(chunks);
        delete told['content-length'];
        const isPage = Boolean(told['content-type']?.startsWith('text/html'));
        if (isPage && page) body = Buffer.from(page(body.toString(), request));
        if (isPage && loose) delete told['content-security-policy'];
        headers?.(told, { isPage, request });
        answer.writeHead(status(given.statusCode), told).end(body);
      });
    });
    onward.on('error', () => answer.destroy());
    request.pipe(onward);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** Without the script of live reload, whose connection never ends: a page as it is when it is published. */
export const published = (url) => front(url, { page: (html) => html.replace(/<script src="\/__dev\/[^>]*><\/script>/, '') });
