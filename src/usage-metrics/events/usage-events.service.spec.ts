import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { DatabaseError } from '../../platform/database-error.js';
import { TenantryError } from '../../platform/errors.js';
import { EventFallback } from './event-fallback.js';
import { type AppendOptions, EventLog } from './event-log.js';
import { EventsConfig, eventsEnvironment } from './events.config.js';
import { IngestMetrics } from './ingest-metrics.service.js';
import type { AppendReceipt, PendingEvent } from './pending-event.js';
import { UsageEvents } from './usage-events.service.js';

/** A log in memory whose calls end when the test says so, and that can be away. */
class HeldLog extends EventLog {
  readonly calls: { events: readonly PendingEvent[]; atomic: boolean; end: (error?: unknown) => void }[] = [];
  readonly stored = new Set<string>();
  failure: unknown;
  held = false;

  async append(events: readonly PendingEvent[], { atomic, signal }: AppendOptions): Promise<AppendReceipt> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.calls.push({ events, atomic, end: (error) => (error === undefined ? resolve() : reject(error)) });
    signal?.addEventListener('abort', () => reject(signal.reason));
    if (this.failure !== undefined) reject(this.failure);
    else if (!this.held) resolve();
    await promise;
    if (events.some(({ json }) => json === 'poison'))
      throw new DatabaseError('poison', { code: '22P02', retryable: false });
    const duplicates = events.flatMap(({ json }, index) => (this.stored.has(json) ? [index] : []));
    for (const { json } of events) this.stored.add(json);
    return { accepted: events.length - duplicates.length, duplicates, rejected: [] };
  }
}

class Spool extends EventFallback {
  readonly kept: PendingEvent[] = [];
  full = false;
  async append(events: readonly PendingEvent[]): Promise<void> {
    if (this.full)
      throw new TenantryError('unavailable', 'spool_full', 'full', { members: { retry_after_seconds: 5 } });
    this.kept.push(...events);
  }
}

const away = new DatabaseError('no answer', { code: 'network', retryable: true });

function start(config: Partial<Record<keyof EventsConfig, number>> = {}, spool: Spool | undefined = new Spool()) {
  const log = new HeldLog();
  const settings = Object.assign(new EventsConfig(eventsEnvironment.parse({})), config);
  const events = new UsageEvents(log, settings, new IngestMetrics(new Registry()), spool);
  let count = 0;
  const some = (n = 1): PendingEvent[] => Array.from({ length: n }, () => ({ json: `e${(count += 1)}` }));
  const submit = (sent: readonly PendingEvent[], atomic = false) => events.submit(sent, { atomic });
  return { log, spool: spool ?? new Spool(), events, some, submit };
}

const committed = (accepted: number) => ({ kind: 'committed', receipt: { accepted, duplicates: [], rejected: [] } });

beforeAll(() => Logger.overrideLogger(false));

describe('events of many callers', () => {
  it('that arrive together go in one call, and each hears of its own', async () => {
    const { log, some, submit } = start();
    const twice = some();
    const answers = await Promise.all([submit(some()), submit([...twice, ...twice].slice(0, 1)), submit(some(3))]);
    expect(answers).toEqual([committed(1), committed(1), committed(3)]);
    expect(log.calls.map(({ events }) => events.length)).toEqual([5]);
    expect(await submit(twice)).toMatchObject({ receipt: { accepted: 0, duplicates: [0] } });
  });

  it('wait for company while a call is under way, and no longer than some milliseconds', async () => {
    const { log, some, submit } = start({ companyMs: 30, companyEvents: 4 });
    log.held = true;
    void submit(some());
    await delay(5);
    void submit(some());
    await delay(5);
    expect(log.calls.length).toBe(1);
    void submit(some(3));
    await delay(5);
    expect(log.calls.map(({ events }) => events.length)).toEqual([1, 4]);
    void submit(some());
    await delay(60);
    expect(log.calls.length).toBe(3);
    for (const { end } of log.calls) end();
  });

  it('have no more calls under way than told, and none is forgotten', async () => {
    const { log, some, submit } = start({ callsAtOnce: 2, companyEvents: 1 });
    log.held = true;
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 6; n += 1) {
      answers.push(submit(some()));
      await delay(2);
    }
    expect(log.calls.length).toBe(2);
    log.held = false;
    for (const { end } of log.calls) end();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 6 }, () => committed(1)));
    expect(log.stored.size).toBe(6);
  });

  it('are refused before they fill the memory, and nothing of what is refused is taken', async () => {
    const { log, some, submit } = start({ waitingEvents: 10 });
    log.held = true;
    const first = submit(some(8));
    await expect(submit(some(3))).rejects.toMatchObject({ kind: 'limited', code: 'too_many_events' });
    await delay(2);
    log.calls[0]?.end();
    await first;
    await delay(1);
    log.held = false;
    expect(await submit(some(10))).toEqual(committed(10));
    expect(log.stored.size).toBe(18);
  });

  it('suffer nothing from one that the database does not take', async () => {
    const { log, some, submit } = start();
    const answers = await Promise.allSettled([submit(some(2)), submit([{ json: 'poison' }]), submit(some())]);
    expect(answers).toMatchObject([{ value: committed(2) }, { reason: { code: '22P02' } }, { value: committed(1) }]);
    expect(log.stored.size).toBe(3);
  });

  it('are all answered before the process ends', async () => {
    const { events, log, some, submit } = start();
    log.held = true;
    const answer = submit(some());
    await delay(2);
    let ended = false;
    const ending = events.onApplicationShutdown().then(() => (ended = true));
    await delay(5);
    expect(ended).toBe(false);
    log.calls[0]?.end();
    await ending;
    expect(await answer).toEqual(committed(1));
    await events.onApplicationShutdown();
  });
});

describe('while the database is away', () => {
  it('events are spooled, with one question a second', async () => {
    const { log, spool, some, submit } = start();
    log.failure = away;
    expect(await submit(some(2))).toEqual({ kind: 'spooled', count: 2 });
    expect(await Promise.all([submit(some()), submit(some())])).toEqual([
      { kind: 'spooled', count: 1 },
      { kind: 'spooled', count: 1 },
    ]);
    expect([log.calls.length, spool.kept.length]).toEqual([1, 4]);
    log.failure = undefined;
    await delay(1_050);
    expect(await submit(some())).toEqual(committed(1));
  });

  it('whoever asks whether it is back holds up nobody else', async () => {
    const { log, some, submit } = start();
    log.failure = away;
    await submit(some());
    await delay(1_050);
    log.failure = undefined;
    log.held = true;
    const probe = submit(some());
    await delay(2);
    expect(await submit(some())).toEqual({ kind: 'spooled', count: 1 });
    log.calls.at(-1)?.end();
    expect(await probe).toEqual(committed(1));
  });

  it('what gets no answer in time is spooled too: it counts once', async () => {
    const { log, spool, some, submit } = start({ answerWithinMs: 20 });
    log.held = true;
    expect(await submit(some())).toEqual({ kind: 'spooled', count: 1 });
    expect(spool.kept.length).toBe(1);
  });

  it('what is to be taken whole or not at all is refused', async () => {
    const { log, spool, some, submit } = start();
    log.failure = away;
    await expect(submit(some(), true)).rejects.toMatchObject({ kind: 'unavailable', code: 'database_unavailable' });
    expect(spool.kept).toEqual([]);
  });

  it('a full spool refuses, and so does none', async () => {
    const { log, spool, some, submit } = start();
    log.failure = away;
    spool.full = true;
    await expect(submit(some())).rejects.toMatchObject({ code: 'spool_full' });
    const without = start();
    without.log.failure = away;
    Reflect.set(without.events, 'fallback', undefined);
    await expect(without.submit(without.some())).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});
