import { LoopbackServer } from './loopback-server.js';

describe('the loopback server', () => {
  let server: LoopbackServer;

  afterEach(async () => {
    await server.close();
  });

  it('hands over method, path, query, headers and body, and answers with the same', async () => {
    server = await LoopbackServer.listen(0, async (request) =>
      Response.json(
        { method: request.method, url: request.url, key: request.headers.get('apikey'), body: await request.text() },
        { status: 418, headers: { 'x-mine': 'yes' } },
      ),
    );
    const answer = await fetch(`${server.url}/rest/v1/x?select=a,b`, {
      method: 'POST',
      headers: { apikey: 'k' },
      body: 'grüß',
    });
    expect(answer.status).toBe(418);
    expect(answer.headers.get('x-mine')).toBe('yes');
    await expect(answer.json()).resolves.toEqual({
      method: 'POST',
      url: 'http://127.0.0.1/rest/v1/x?select=a,b',
      key: 'k',
      body: 'grüß',
    });
  });

  it('answers without a body', async () => {
    server = await LoopbackServer.listen(0, async () => new Response(null, { status: 204 }));
    const answer = await fetch(server.url, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    await expect(answer.text()).resolves.toBe('');
  });

  it('hangs up when the answer cannot be made', async () => {
    server = await LoopbackServer.listen(0, () => Promise.reject(new Error('no')));
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('listens on the loopback address alone, and no more after its end', async () => {
    server = await LoopbackServer.listen(0, async () => new Response('ok'));
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    await fetch(server.url);
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    await expect(server.close()).resolves.toBeUndefined();
  });

  it('does not wait for requests that are under way', async () => {
    server = await LoopbackServer.listen(0, () => new Promise(() => undefined));
    const request = fetch(server.url).catch((error: unknown) => String(error));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await server.close();
    await expect(request).resolves.toContain('fetch failed');
  });
});
