import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { until } from '../../setup/until.js';
import { answerOf, isReplayed, newKey, type Replicas, startReplicas } from './replicas.js';
import type { Reply } from './start-app.js';
import { TalliesController } from './tallies.controller.js';

describe('a replica that stops in the middle of a request with an idempotency key', () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await startReplicas();
  });
  afterEach(async () => {
    replicas.first.database.thaw();
    await Promise.all(pending.splice(0));
    await replicas.clear();
  });
  afterAll(() => replicas.close());

  const pending: Promise<Reply>[] = [];
  const rows = () =>
    replicas.test.sql<{ answer: string | null; steps: object }>('select answer, steps from public.idempotency_keys');

  type Request = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

  /** Sends a request to the first replica, which stops at the call of a function; the answer comes when it wakes. */
  async function stopIn(when: 'before' | 'after', name: string, key: string, ...request: Request) {
    replicas.first.database.freeze(when, name);
    const answer = replicas.first.send(key, ...request);
    pending.push(answer);
    await replicas.first.database.hasFrozen();
    await replicas.lapse();
    // In an object: a promise that is returned bare would be waited for.
    return { answer };
  }

  it.each<[string, 'before' | 'after', string, boolean]>([
    ['with the key claimed', 'after', 'idempotency_claim', false],
    ['before the change', 'before', 'tally_add', false],
    ['between the change and the answer', 'after', 'tally_add', true],
    ['before the answer was kept', 'before', 'idempotency_answer', true],
    ['with the answer kept, but not sent', 'after', 'idempotency_answer', true],
  ])('%s: another one answers, and there is one effect', async (_, when, name, replayed) => {
    const key = newKey();
    const request: Request = ['POST', '/v1/tallies', { name: 'a', n: 1 }];
    await stopIn(when, name, key, ...request);
    const retry = await replicas.second.send(key, ...request);
    expect(retry.json).toEqual({ name: 'a', n: 1, etag: 'v1', id: expect.any(String) });
    expect([retry.status, isReplayed(retry)]).toEqual([201, replayed]);
    const again = await replicas.second.send(key, ...request);
    expect(answerOf(again)).toEqual(answerOf(retry));
    expect(isReplayed(again)).toBe(true);
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it.each<[string, string, Request, object]>([
    ['has removed what it first looks for', 'tally_delete', ['DELETE', '/v1/tallies/a'], { status: 204, text: '' }],
    [
      'has changed what If-Match asks about',
      'tally_rename',
      ['PATCH', '/v1/tallies/a', { names: ['b'] }, { 'if-match': '"v1"' }],
      { status: 200, text: expect.stringContaining('"name":"b"') },
    ],
    [
      'went a second way, as the first one was closed, and now is open',
      'tally_rename',
      ['PATCH', '/v1/tallies/a', { names: ['taken', 'b'] }],
      { status: 200, text: expect.stringContaining('"name":"b"') },
    ],
  ])('whose change %s: the retry sees what it saw', async (_, name, request, answer) => {
    for (const tally of ['a', 'taken']) await replicas.first.send(null, 'POST', '/v1/tallies', { name: tally, n: 1 });
    const before = await replicas.effects();
    const key = newKey();
    await stopIn('after', name, key, ...request);
    await replicas.second.send(null, 'DELETE', '/v1/tallies/taken');
    const retry = await replicas.second.send(key, ...request);
    expect(retry).toMatchObject(answer);
    expect(isReplayed(retry)).toBe(true);
    expect((await replicas.effects()).filter((effect) => effect !== 'delete taken')).toHaveLength(before.length + 1);
  });

  it('that wakes up after another one has its request can change nothing, and says so', async () => {
    const key = newKey();
    const { answer: late } = await stopIn('before', 'tally_add', key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    const retry = await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    replicas.first.database.thaw();
    expect((await late).json).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect(answerOf(await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 }))).toEqual(
      answerOf(retry),
    );
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it('that wakes up after its change leaves the answer to the other one', async () => {
    const key = newKey();
    const { answer: late } = await stopIn('after', 'tally_add', key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    const retry = await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    replicas.first.database.thaw();
    expect((await late).json).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect(answerOf(await replicas.first.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 }))).toEqual(
      answerOf(retry),
    );
  });

  it('that wakes up to find that the other one has done it does not take that for its own answer', async () => {
    await replicas.first.send(null, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    const key = newKey();
    const { answer: late } = await stopIn('after', 'idempotency_claim', key, 'DELETE', '/v1/tallies/a');
    expect((await replicas.second.send(key, 'DELETE', '/v1/tallies/a')).status).toBe(204);
    replicas.first.database.thaw();
    // Not a 404, though nothing is there any more.
    expect((await late).json).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect((await replicas.first.send(key, 'DELETE', '/v1/tallies/a')).status).toBe(204);
  });

  it('shows the retry the secret that it made, whose hash is all that the database has', async () => {
    const key = newKey();
    await stopIn('after', 'tally_key_create', key, 'POST', '/v1/tallies/a/key');
    expect(JSON.stringify(await rows())).not.toContain('canary');
    const retry = await replicas.second.send(key, 'POST', '/v1/tallies/a/key');
    const hash = createHash('sha256').update(String(retry.json['secret'])).digest('hex');
    await expect(replicas.test.sql('select hash from public.tally_keys')).resolves.toEqual([{ hash }]);
  });

  it('leaves no way to an answer that hides what it did: a retry that goes another way fails', async () => {
    const key = newKey();
    await stopIn('after', 'tally_add', key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    // As if another version of the program had made this request with another function.
    await replicas.test.sql(
      `update public.idempotency_keys set steps = jsonb_build_object('other#0', steps -> 'tally_add#0')`,
    );
    const retry = await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    expect(retry.json).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(replicas.second.running.log)).toContain(
      'did not come to what an earlier attempt did: other#0',
    );
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it('keeps no answer of more than a megabyte, which is made again from what was done', async () => {
    const key = newKey();
    const first = await replicas.first.send(key, 'POST', '/v1/tallies/a/large');
    expect(first.text.length).toBeGreaterThan(1_100_000);
    await expect(rows()).resolves.toMatchObject([{ answer: null, steps: { 'tally_add#0': {} } }]);
    const again = await replicas.second.send(key, 'POST', '/v1/tallies/a/large');
    expect(answerOf(again)).toEqual(answerOf(first));
    expect(isReplayed(again)).toBe(true);
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it('answers although its answer could not be kept, and so does the next one', async () => {
    const key = newKey();
    await replicas.test.sql('alter function public.idempotency_answer rename to idempotency_answer_away');
    const first = await replicas.first.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    await replicas.test.sql('alter function public.idempotency_answer_away rename to idempotency_answer');
    await replicas.lapse();
    const again = await replicas.second.send(key, 'POST', '/v1/tallies', { name: 'a', n: 1 });
    expect(answerOf(again)).toEqual(answerOf(first));
    expect(isReplayed(again)).toBe(true);
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it('does the work of a client that has left, and keeps the answer', async () => {
    const key = newKey();
    replicas.first.database.freeze('before', 'tally_add');
    const body = JSON.stringify({ name: 'a', n: 1 });
    const { hostname, port } = new URL(replicas.first.running.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/tallies HTTP/1.1\r\nHost: x\r\nX-Actor: operator\r\nIdempotency-Key: ${key}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await replicas.first.database.hasFrozen();
    socket.destroy();
    replicas.first.database.thaw();
    await until('the answer is kept', async () => (await rows())[0]?.answer != null);
    const again = await replicas.second.send(key, 'POST', '/v1/tallies', body);
    expect([again.status, isReplayed(again)]).toEqual([201, true]);
    await expect(replicas.effects()).resolves.toEqual(['add a']);
  });

  it('does work that goes on beyond a request for itself', async () => {
    const controller = replicas.first.running.app.get(TalliesController);
    const gate = Promise.withResolvers<void>();
    controller.gate = gate.promise;
    const key = newKey();
    expect((await replicas.first.send(key, 'POST', '/v1/tallies/a/late')).status).toBe(202);
    gate.resolve();
    await Promise.all(controller.late.splice(0));
    await expect(replicas.test.sql('select n from public.tallies')).resolves.toEqual([{ n: 111 }]);
    expect((await replicas.second.send(key, 'POST', '/v1/tallies/a/late')).status).toBe(202);
    await expect(replicas.effects()).resolves.toHaveLength(3);
  });
});

describe('a request that runs for longer than its lease', () => {
  it('keeps its key, as long as its replica lives', async () => {
    const replicas = await startReplicas(1_000);
    const key = newKey();
    const request = ['POST', '/v1/tallies', { name: 'a', n: 1 }] as const;
    // The step is slow in the database, while the replica is well: its renewals wait for the step, and so does who asks for the key.
    await replicas.test.sql(`create function public.slow() returns trigger language plpgsql as $$
      begin perform pg_sleep(3); return new; end $$;
      create trigger slow before insert on public.tallies for each row execute function public.slow()`);
    const first = replicas.first.send(key, ...request);
    // Both would be on their way at once otherwise, and either could have the key.
    await until('the first replica has the key', async () => {
      const rows = await replicas.test.sql('select from public.idempotency_keys');
      return rows.length > 0;
    });
    const replies: Reply[] = [];
    while (replies.every(({ status }) => status === 409)) {
      replies.push(await replicas.second.send(key, ...request));
      // Both replicas are this process: asking without a pause would keep the first one from renewing its claim.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(replies.length).toBeGreaterThan(1);
    expect(answerOf(await first)).toEqual(answerOf(await replicas.second.send(key, ...request)));
    await expect(replicas.effects()).resolves.toEqual(['add a']);
    await replicas.close();
  });
});
