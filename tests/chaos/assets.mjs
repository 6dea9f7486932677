// The static files of the site, as the binding ASSETS serves them: a folder means its index.html.

const TYPES = {
  html: 'text/html; charset=utf-8', json: 'application/json', css: 'text/css; charset=utf-8', xml: 'application/xml',
  svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8',
};

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const file = url.pathname.endsWith('/') ? `${url.pathname}index.html` : url.pathname;
    const found = await env.FILES.fetch(new Request(`http://site${file}`));
    if (found.status === 200) {
      return new Response(found.body, { headers: { 'content-type': TYPES[file.split('.').at(-1)] ?? 'application/octet-stream' } });
    }
    const page = await env.FILES.fetch(new Request('http://site/404.html'));
    return new Response(page.body, { status: 404, headers: { 'content-type': TYPES.html } });
  },
};
