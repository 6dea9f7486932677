// The door of the test runtime: everything goes to the edge, but for two paths with which a test turns the world.

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/__chaos/kv') return env.CHAOS.fetch(request);
    if (pathname === '/__chaos/cron') {
      const result = await env.EDGE.scheduled({ scheduledTime: new Date(), cron: '*/5 * * * *' });
      return Response.json({ outcome: result.outcome });
    }
    return env.EDGE.fetch(request);
  },
};
