import { randomBytes } from 'node:crypto';
import type { ErrorKind } from '../../../src/platform/errors.js';
import { answerOf, isReplayed, newKey, type Replicas, startReplicas } from './replicas.js';
import type { Reply } from './start-app.js';

describe('a request with an idempotency key', () => {
  let replicas: Replicas;
  let send: Replicas['first']['send'];
  let sendToOther: Replicas['first']['send'];
  beforeAll(async () => {
    replicas = await startReplicas();
    ({ send } = replicas.first);
    sendToOther = replicas.second.send;
  });
  afterEach(() => replicas.clear());
  afterAll(() => replicas.close());

  const rows = () => replicas.test.sql('select * from public.idempotency_keys');

  /** Sends the same twice, to two replicas, and wants the same answer and the same effect. */
  async function sendTwice(...request: Parameters<typeof send>): Promise<Reply> {
    const first = await send(...request);
    const done = await replicas.effects();
    const again = await sendToOther(...request);
    expect(answerOf(again)).toEqual(answerOf(first));
    expect([isReplayed(first), isReplayed(again)]).toEqual([false, true]);
    await expect(replicas.effects()).resolves.toEqual(done);
    return first;
  }

  describe('sent again', () => {
    it('gets the first answer, from any replica: status, body, Location, ETag', async () => {
      const first = await sendTwice(newKey(), 'POST', '/v1/tallies', { name: 'a', n: 1 });
      expect(answerOf(first)).toMatchObject({
        status: 201,
        headers: {
          location: '/v1/tallies/a',
          etag: '"v1"',
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'no-store',
        },
      });
      expect(first.json).toEqual({ name: 'a', n: 1, etag: 'v1', id: expect.any(String) });
      await expect(replicas.effects()).resolves.toEqual(['add a']);
    });

    it('gets what it would get without a key, but for the key', async () => {
      const with_ = await send(newKey(), 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const without = await send(null, 'POST', '/v1/tallies', { name: 'b', n: 1 });
      const names = (reply: Reply) => [...reply.headers.keys()].filter((name) => name !== 'idempotent-replayed').sort();
      expect(names(with_)).toEqual(names(without));
      expect(answerOf(with_).headers).toEqual({ ...answerOf(without).headers, location: '/v1/tallies/a' });
    });

    it('gets an answer without a body', async () => {
      await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const { status, text } = await sendTwice(newKey(), 'DELETE', '/v1/tallies/a');
      expect([status, text]).toEqual([204, '']);
      await expect(replicas.effects()).resolves.toEqual(['add a', 'delete a']);
    });

    it('with If-Match is the same request, though the resource has changed by it', async () => {
      await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const { status } = await sendTwice(newKey(), 'PATCH', '/v1/tallies/a', { names: ['b'] }, { 'if-match': '"v1"' });
      expect(status).toBe(200);
    });

    it('has a request id of its own, and a problem that of the first', async () => {
      const key = newKey();
      const first = await send(key, 'DELETE', '/v1/tallies/none', undefined, { 'x-request-id': 'first' });
      const again = await send(key, 'DELETE', '/v1/tallies/none', undefined, { 'x-request-id': 'again' });
      expect(again.headers.get('x-request-id')).toBe('again');
      expect(again.json).toEqual(first.json);
      expect(again.json).toMatchObject({ code: 'tally_not_found', request_id: 'first' });
      expect(again.headers.get('content-type')).toBe('application/problem+json');
    });

    it('gets nothing of the kind without the key', async () => {
      await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const again = await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      expect(again.json).toMatchObject({ n: 2 });
      expect(again.headers.has('idempotent-replayed')).toBe(false);
      await expect(rows()).resolves.toEqual([]);
    });

    it('a day later is a new one', async () => {
      const key = newKey();
      await send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      await replicas.test.sql(`update public.idempotency_keys set created_at = now() - interval '24 hours 1 second'`);
      const later = await send(key, 'POST', '/v1/tallies', { name: 'b', n: 1 });
      expect([later.status, isReplayed(later)]).toEqual([201, false]);
    });
  });

  describe('whose key another request had', () => {
    it.each<[string, Parameters<typeof send>[1], string, unknown, Record<string, string>]>([
      ['another body', 'POST', '/v1/tallies', { name: 'a', n: 2 }, {}],
      ['another spelling of the body', 'POST', '/v1/tallies', '{"name": "a", "n": 1}', {}],
      ['another query', 'POST', '/v1/tallies?note=x', { name: 'a', n: 1 }, {}],
      ['another path', 'POST', '/v1/tallies/a/key', undefined, {}],
      ['another method', 'DELETE', '/v1/tallies/a', undefined, {}],
    ])('is refused: %s', async (_, method, path, body, headers) => {
      const key = newKey();
      await send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const refused = await sendToOther(key, method, path, body, headers);
      expect(refused.status).toBe(422);
      expect(refused.json).toMatchObject({
        code: 'idempotency_key_reused',
        errors: [{ pointer: 'Idempotency-Key:', message: expect.any(String) }],
      });
      await expect(replicas.effects()).resolves.toEqual(['add a']);
    });

    it('is refused: another If-Match', async () => {
      await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const key = newKey();
      const rename = (etag: string) => send(key, 'PATCH', '/v1/tallies/a', { names: ['b'] }, { 'if-match': etag });
      expect((await rename('"v1"')).status).toBe(200);
      expect((await rename('"v2"')).json).toMatchObject({ code: 'idempotency_key_reused' });
    });

    it('is not refused where the owner is another', async () => {
      const key = newKey();
      await send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      const theirs = await send(key, 'POST', '/v1/tallies', { name: 'b', n: 1 }, { 'x-actor': 'key:1' });
      expect([theirs.status, isReplayed(theirs)]).toEqual([201, false]);
    });
  });

  describe('that is refused at the door has not used its key', () => {
    it.each<[string, string, string, unknown, Record<string, string>, number]>([
      ['nobody sends it', 'POST', '/v1/tallies', { name: 'a', n: 1 }, { 'x-actor': '' }, 401],
      ['its input has faults', 'POST', '/v1/tallies', { name: '' }, {}, 400],
      ['its body is no JSON', 'POST', '/v1/tallies', '{', {}, 400],
      ['its body is of another type', 'POST', '/v1/tallies', 'a', { 'content-type': 'text/plain' }, 415],
      ['there is no such route', 'POST', '/v1/nothing', {}, {}, 404],
    ])('%s', async (_, method, path, body, headers, status) => {
      const key = newKey();
      const extra = headers['x-actor'] === '' ? {} : headers;
      const refused =
        headers['x-actor'] === ''
          ? await replicas.first.running.send(method, path, body, { 'idempotency-key': key })
          : await send(key, method, path, body, extra);
      expect(refused.status).toBe(status);
      await expect(rows()).resolves.toEqual([]);
      expect((await send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 })).status).toBe(201);
    });

    it.each([
      ['256 characters', 'x'.repeat(256)],
      ['nothing', ''],
      ['what is not ASCII', 'schl\u00fcssel'],
    ])('the key itself is %s, which is told with all other faults', async (_, key) => {
      const refused = await send(key, 'POST', '/v1/tallies?other=1', { name: '' });
      expect(refused.status).toBe(400);
      expect(refused.json['errors']).toMatchObject([
        { pointer: '?other' },
        { pointer: 'Idempotency-Key:' },
        { pointer: '/name' },
        { pointer: '/n', message: 'is required' },
      ]);
    });

    it('but keys of 255 characters and in quotes are keys', async () => {
      for (const key of ['x'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"']) {
        expect((await sendTwice(key, 'POST', '/v1/tallies', { name: 'a', n: 1 })).status).toBe(201);
      }
    });
  });

  describe('that fails', () => {
    const fail = (key: string, kind: ErrorKind, after: boolean) =>
      send(key, 'POST', '/v1/tallies/a/fail', { kind, after });

    it.each<ErrorKind>(['not_found', 'conflict', 'precondition_failed', 'unprocessable'])(
      'for good, as %s, is answered so again',
      async (kind) => {
        const { status, json } = await sendTwice(newKey(), 'POST', '/v1/tallies/a/fail', { kind, after: false });
        expect(json).toMatchObject({ code: 'failed', status });
      },
    );

    it.each<ErrorKind>(['invalid', 'forbidden', 'limited', 'unavailable', 'internal'])(
      'as %s, having done nothing, has not used its key',
      async (kind) => {
        const key = newKey();
        const failed = await fail(key, kind, false);
        await expect(rows()).resolves.toEqual([]);
        expect((await fail(key, kind, false)).status).toBe(failed.status);
        expect((await send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 })).status).toBe(201);
      },
    );

    it.each<ErrorKind>(['limited', 'unavailable', 'internal'])(
      'as %s after it has done something, may be sent again at once, and does that no second time',
      async (kind) => {
        const key = newKey();
        const [first, again] = [await fail(key, kind, true), await fail(key, kind, true)];
        expect(again.status).toBe(first.status);
        await expect(replicas.effects()).resolves.toEqual(['add a']);
        expect((await send(key, 'POST', '/v1/tallies', { name: 'b', n: 1 })).json).toMatchObject({
          code: 'idempotency_key_reused',
        });
      },
    );
  });

  it('is not looked at where the route takes none', async () => {
    await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    const key = newKey();
    expect((await send(key, 'POST', '/v1/tallies/a/peek')).json).toEqual({ n: 1 });
    await send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    expect((await send(key, 'POST', '/v1/tallies/a/peek')).json).toEqual({ n: 2 });
    expect((await send(key, 'GET', '/v1/things?limit=1')).status).toBe(200);
    await expect(rows()).resolves.toEqual([]);
  });

  describe('sent many times at once', () => {
    it.each([1, 2])(
      'fifty times, to %d replicas: one effect, and every answer is the first or says that it runs',
      async (n) => {
        const key = newKey();
        const senders = [send, sendToOther].slice(0, n);
        const replies = await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            (senders[index % n] ?? send)(key, 'POST', '/v1/tallies', { name: 'a', n: 1 }),
          ),
        );
        await expect(replicas.effects()).resolves.toEqual(['add a']);
        const answered = replies.filter(({ status }) => status === 201);
        expect(new Set(answered.map(({ text }) => text)).size).toBe(1);
        expect(answered.filter((reply) => !isReplayed(reply))).toHaveLength(1);
        for (const reply of replies.filter(({ status }) => status !== 201)) {
          expect(reply.status).toBe(409);
          expect(reply.json).toMatchObject({ code: 'idempotency_in_progress' });
          expect(reply.headers.get('retry-after')).toBe('1');
        }
      },
    );

    it('under keys of their own: one effect each', async () => {
      const replies = await Promise.all(
        Array.from({ length: 50 }, () => send(newKey(), 'POST', '/v1/tallies', { name: 'a', n: 1 })),
      );
      expect(new Set(replies.map(({ json }) => json['n'])).size).toBe(50);
    });

    it('while the first is still running, says so at once; another request under the key is told that too', async () => {
      const key = newKey();
      replicas.first.database.freeze('before', 'tally_add');
      const first = send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      await replicas.first.database.hasFrozen();
      const second = await sendToOther(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
      expect(second.json).toMatchObject({ status: 409, code: 'idempotency_in_progress', errors: [] });
      const other = await sendToOther(key, 'POST', '/v1/tallies', { name: 'a', n: 2 });
      expect(other.json).toMatchObject({ code: 'idempotency_key_reused' });
      replicas.first.database.thaw();
      expect((await first).status).toBe(201);
      await expect(replicas.effects()).resolves.toEqual(['add a']);
    });
  });

  it('leaves nothing of body and answer in clear', async () => {
    const { json } = await sendTwice(newKey(), 'POST', '/v1/tallies/a/key');
    expect(json['secret']).toMatch(/^canary-/);
    const kept = JSON.stringify(await rows());
    expect(kept).not.toContain('canary');
    expect(JSON.stringify(replicas.first.running.log)).not.toContain('canary');
    const [row] = await replicas.test.sql<{ answer: string }>('select answer from public.idempotency_keys');
    expect(Buffer.from(row?.answer ?? '', 'base64').toString('latin1')).not.toContain('canary');
  });
});

describe('a request with an idempotency key, while the encryption key is replaced', () => {
  it('is the same request on replicas with the older key and with both', async () => {
    const replicas = await startReplicas(60_000, [randomBytes(32)]);
    try {
      const key = newKey();
      const sent = [key, 'POST', '/v1/tallies', { name: 'a', n: 1 }] as const;
      const first = await replicas.first.send(...sent);
      const again = await replicas.second.send(...sent);
      expect([isReplayed(again), answerOf(again)]).toEqual([true, answerOf(first)]);
      await expect(replicas.effects()).resolves.toEqual(['add a']);
      const another = await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'b', n: 1 });
      expect([another.status, another.json['code']]).toEqual([422, 'idempotency_key_reused']);
    } finally {
      await replicas.close();
    }
  });
});
