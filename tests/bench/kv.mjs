// The key-value store of the bench: as little work as a store can be, so that what is measured is who asks it.

const values = new Map();

export default {
  async fetch(request) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === 'PUT') values.set(key, await request.text());
    if (request.method === 'DELETE') values.delete(key);
    const value = values.get(key);
    return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
  },
};

/** What the bench asks the store itself: everything that is in it; to put something there. */
export const control = {
  async fetch(request) {
    if (request.method === 'POST') for (const [key, value] of Object.entries(await request.json())) values.set(key, value);
    return Response.json(Object.fromEntries(values));
  },
};
