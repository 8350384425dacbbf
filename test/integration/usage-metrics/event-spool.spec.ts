import { copyFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { drained, eventsOf, filesIn, forgetOwner, idsOf, SpoolBench } from './spools.js';

const bench = new SpoolBench();
const logged: unknown[] = [];
beforeAll(() =>
  Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: (line: unknown) => logged.push(line) }),
);
afterEach(async () => {
  logged.length = 0;
  await bench.clear();
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const texts = (ids: readonly number[]): string[] => ids.map(String);

describe('a spool', () => {
  it('gives events back in order, with the very text and the time at which they arrived', async () => {
    const spool = await bench.start(await bench.directory());
    const [first, second] = [
      { tenantId: 't', json: '{ "n": 1.10 }\n' },
      { subject: 's', json: '{"n":1e400}' },
    ];
    await spool.append([first]);
    await bench.clock.advance(1_000);
    await spool.append([second, { json: '{}', receivedAt: '2029-12-31T23:59:59Z' }]);
    expect(spool.size()).toEqual({ events: 3, bytes: expect.any(Number) });
    expect(spool.oldestSince()).toEqual(new Date('2030-01-05T10:00:00Z'));
    const sent: unknown[] = [];
    expect(await spool.drain(async (events) => void sent.push(...events), new AbortController().signal)).toBe(3);
    expect(sent).toEqual([
      { ...first, receivedAt: '2030-01-05T10:00:00.000Z' },
      { ...second, receivedAt: '2030-01-05T10:00:01.000Z' },
      { json: '{}', receivedAt: '2029-12-31T23:59:59Z' },
    ]);
    expect(spool.size()).toEqual({ events: 0, bytes: 0 });
    expect(spool.oldestSince()).toBeUndefined();
  });

  it('is read by its owner alone', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory, { rotateBytes: 1 });
    await spool.append(eventsOf([1]));
    const modes = [directory, join(directory, 'usage.2030-01-05.jsonl'), join(directory, 'owner')].map(
      async (path) => (await stat(path)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o600]);
  });

  it('keeps 50 concurrent writers apart, and writes what waits together', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    await Promise.all(range(0, 50).map((writer) => spool.append(eventsOf([`${writer}-a`, `${writer}-b`]))));
    const lines = (await readFile(join(directory, 'usage.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => 'object'));
    const ids = await drained(spool);
    expect(ids).toEqual(range(0, 50).flatMap((writer) => [`${writer}-a`, `${writer}-b`]));
  });

  it('is rotated at the write that reaches the size, by date and number', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    await spool.append(eventsOf([1]));
    const { bytes } = spool.size();
    await spool.onApplicationShutdown();
    const rotating = await bench.start(directory, { rotateBytes: bytes + 1 });
    expect(await filesIn(directory)).toEqual(['usage.jsonl']);
    await rotating.append(eventsOf([2]));
    expect(await filesIn(directory)).toEqual(['usage.2030-01-05.jsonl']);
    await rotating.append(eventsOf([3, 4]));
    await rotating.append(eventsOf([5]));
    await rotating.append(eventsOf([6]));
    const rotated = ['usage.2030-01-05.1.jsonl', 'usage.2030-01-05.2.jsonl', 'usage.2030-01-05.jsonl'];
    expect(await filesIn(directory)).toEqual(rotated);
    expect(await drained(rotating)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await filesIn(directory)).toEqual([]);
  });

  it('sends at most 1,000 events and 1 MiB at a time, and a larger event alone', async () => {
    const spool = await bench.start(await bench.directory(), { maxBytes: 64 * 1024 * 1024 });
    const large = { json: JSON.stringify({ id: 'large', text: 'x'.repeat(3 * 1024 * 1024) }) };
    const wide = range(0, 20).map((id) => ({ json: JSON.stringify({ id, text: 'y'.repeat(100_000) }) }));
    await spool.append([...eventsOf(range(0, 2_500)), large, ...wide]);
    const batches: string[][] = [];
    await spool.drain(async (events) => void batches.push(idsOf(events)), new AbortController().signal);
    expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500, 1, 10, 10]);
    expect(batches.flat()).toEqual([...texts(range(0, 2_500)), 'large', ...texts(range(0, 20))]);
  });

  it('goes on where sending failed, and sends what arrives meanwhile after the rest', async () => {
    const spool = await bench.start(await bench.directory());
    await spool.append(eventsOf(range(0, 2_000)));
    const sent: string[] = [];
    let away = false;
    const send = async (events: Parameters<typeof idsOf>[0]): Promise<void> => {
      if (away) throw new Error('away');
      away = true;
      sent.push(...idsOf(events));
      await spool.append(eventsOf([5_000]));
    };
    await expect(spool.drain(send, new AbortController().signal)).rejects.toThrow('away');
    expect(spool.size().events).toBe(1_001);
    sent.push(...(await drained(spool)));
    expect(sent).toEqual([...texts(range(0, 2_000)), '5000']);
  });

  it('stops between two batches', async () => {
    const spool = await bench.start(await bench.directory());
    await spool.append(eventsOf(range(0, 3_000)));
    const stop = new AbortController();
    const sending = spool.drain(async () => stop.abort(new Error('stop')), stop.signal);
    await expect(sending).rejects.toThrow('stop');
    expect(spool.size().events).toBe(2_000);
  });

  it('is drained once at a time', async () => {
    const spool = await bench.start(await bench.directory());
    await spool.append(eventsOf(range(0, 10)));
    const [one, other] = await Promise.all([drained(spool), drained(spool)]);
    expect([one.length, other.length]).toEqual([10, 0]);
  });

  it('refuses whole what it has no room for', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory, { maxBytes: 1_000 });
    await spool.append(eventsOf([1, 2]));
    const appended = range(0, 20).map((id) => spool.append(eventsOf([`${id}-a`, `${id}-b`])));
    const settled = await Promise.allSettled(appended);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused[0]).toMatchObject({
      reason: { code: 'spool_full', kind: 'unavailable', members: { retry_after_seconds: 5 } },
    });
    const kept = settled.flatMap(({ status }, id) => (status === 'fulfilled' ? [`${id}-a`, `${id}-b`] : []));
    expect(kept.length).toBeGreaterThan(0);
    expect((await stat(join(directory, 'usage.jsonl'))).size).toBeLessThanOrEqual(1_000);
    expect(await drained(spool)).toEqual(['1', '2', ...kept]);
    await spool.append(eventsOf([3]));
  });

  it('belongs to one process; the next one has all of it', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory, { rotateBytes: 300 });
    await spool.append(eventsOf([1, 2]));
    await spool.append(eventsOf([3]));
    await expect(bench.start(directory)).rejects.toThrow(`process ${process.pid} uses this directory already`);
    await spool.onApplicationShutdown();
    await expect(spool.append(eventsOf([4]))).rejects.toMatchObject({ code: 'spool_unavailable' });
    const next = await bench.start(directory);
    expect(next.size().events).toBe(3);
    expect(next.oldestSince()).toEqual(new Date('2030-01-05T10:00:00Z'));
    expect(await drained(next)).toEqual(['1', '2', '3']);
  });

  it('ends after what was appended is written', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    const appending = range(0, 10).map((id) => spool.append(eventsOf([id])));
    await Promise.all([...appending, spool.onApplicationShutdown()]);
    expect(await drained(await bench.start(directory))).toEqual(texts(range(0, 10)));
  });
});

describe('what a dead process left', () => {
  it('a last line torn at any byte is cut off, and no other', async () => {
    const source = await bench.directory();
    const spool = await bench.start(source);
    await spool.append(eventsOf([1, 2, 3]));
    const acknowledged = spool.size().bytes;
    await spool.append(eventsOf([4, 5]));
    const path = join(source, 'usage.jsonl');
    const whole = await readFile(path);
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a).map((at) => at + 1);
    for (let bytes = acknowledged; bytes <= whole.length; bytes += 1) {
      const directory = await bench.directory();
      await mkdir(directory, { recursive: true });
      await copyFile(path, join(directory, 'usage.jsonl'));
      await truncate(join(directory, 'usage.jsonl'), bytes);
      const next = await bench.start(directory);
      await next.append(eventsOf([9]));
      const complete = ends.filter((end) => end <= bytes).length;
      expect(await drained(next)).toEqual([...texts(range(1, complete + 1)), '9']);
      expect(next.damagedLines).toBe(0);
      await next.onApplicationShutdown();
    }
  });

  it.each([
    ['zeros', Buffer.alloc(5_000)],
    ['what looks like a line', Buffer.from('{"crc":"00000000","json":"{}"}')],
  ])('%s after the last line are cut off', async (_, tail) => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    await spool.append(eventsOf([1]));
    const path = join(directory, 'usage.jsonl');
    await writeFile(path, Buffer.concat([await readFile(path), tail]));
    await forgetOwner(directory);
    expect(await drained(await bench.start(directory))).toEqual(['1']);
  });

  it('lines that the disk damaged are set aside, and the others are sent', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    await spool.append(eventsOf([1, 2, 3, 4, 5]));
    const path = join(directory, 'usage.jsonl');
    const lines = (await readFile(path, 'utf8')).split('\n');
    const damage = (line: string | undefined): string => (line ?? '').replace('acme', 'acne');
    const [one, two, three, four, five] = lines;
    await writeFile(path, [one, damage(two), '', three, damage(four), five, ''].join('\n'));
    await forgetOwner(directory);
    const next = await bench.start(directory);
    expect(await drained(next)).toEqual(['1', '3', '5']);
    expect(await filesIn(directory)).toEqual(['usage.2030-01-05.jsonl.damaged']);
    const aside = await readFile(join(directory, 'usage.2030-01-05.jsonl.damaged'), 'utf8');
    expect(aside).toBe(`${damage(two)}\n${damage(four)}\n`);
    expect(next.damagedLines).toBe(2);
    expect(logged).toEqual([
      expect.stringContaining('usage.2030-01-05.jsonl.damaged has lines of the spool that are damaged'),
    ]);
  });

  it('a rotated file that lost its end or vanished does not keep the others', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory, { rotateBytes: 1 });
    for (const id of [1, 2, 3]) await spool.append(eventsOf([id, `${id}-b`]));
    await spool.onApplicationShutdown();
    const first = join(directory, 'usage.2030-01-05.jsonl');
    await truncate(first, (await stat(first)).size - 1);
    const next = await bench.start(directory);
    await rm(join(directory, 'usage.2030-01-05.1.jsonl'));
    // What lost only its end is whole, and is sent.
    expect(await drained(next)).toEqual(['1', '1-b', '3', '3-b']);
  });
});
