import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Logger, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { DatabaseError } from '../../platform/database-error.js';
import { TenantryError } from '../../platform/errors.js';
import { EventFallback } from './event-fallback.js';
import { EventLog } from './event-log.js';
import { EventsConfig } from './events.config.js';
import { IngestMetrics } from './ingest-metrics.service.js';
import type { PendingEvent } from './pending-event.js';
import { receiptsOf, type Submission, type SubmitOutcome } from './submission.js';
import { SubmissionQueue } from './submission-queue.js';

/** While the database is away one call in this time finds out whether it is back; the others do not try. */
const quietMs = 1_000;
/** How long that call may take. */
const probeMs = 2_000;

/**
 * Takes events from every source and appends them in few calls: what arrives while calls are under way waits for company, for some
 * milliseconds at most. Whoever submits hears what became of the events after the commit.
 */
@Injectable()
export class UsageEvents implements OnApplicationShutdown {
  private readonly logger = new Logger(UsageEvents.name);
  private readonly queue: SubmissionQueue;
  private calls = 0;
  /** Of those that wait and those under way. */
  private heldEvents = 0;
  private heldBytes = 0;
  private pumping: NodeJS.Immediate | undefined;
  private company: NodeJS.Timeout | undefined;
  /** The database did not answer; until then nobody tries. Undefined: it is there. */
  private awayUntil: number | undefined;
  private probing = false;
  private readonly idle: (() => void)[] = [];
  /** Calls are nobody's in particular: not in the journal or the log of whoever's request set them off. */
  private readonly outsideRequests = AsyncLocalStorage.snapshot();

  constructor(
    private readonly log: EventLog,
    private readonly config: EventsConfig,
    private readonly metrics: IngestMetrics,
    @Optional() private readonly fallback?: EventFallback,
  ) {
    this.queue = new SubmissionQueue(config);
  }

  /**
   * Resolves when the events are safe: committed, or spooled while the database is away (never with `atomic`).
   * @throws TenantryError 429 `too_many_events` where too much waits already, 503 `spool_full` or `database_unavailable`; nothing is taken then,
   * but for a call whose answer was lost: sending the same again is safe, as duplicates count once
   */
  submit(events: readonly PendingEvent[], { atomic }: { atomic: boolean }): Promise<SubmitOutcome> {
    const bytes = events.reduce((sum, { json }) => sum + json.length, 0);
    const { waitingEvents, waitingBytes } = this.config;
    if (this.heldEvents + events.length > waitingEvents || this.heldBytes + bytes > waitingBytes) {
      return Promise.reject(tooMany());
    }
    this.hold(events.length, bytes);
    const { promise, resolve, reject } = Promise.withResolvers<SubmitOutcome>();
    this.queue.add({ events, bytes, atomic, since: performance.now(), resolve, reject });
    // What else arrives in this turn of the event loop comes along.
    this.pumping ??= this.outsideRequests(() => setImmediate(() => this.pump()));
    return promise;
  }

  /** Waits until everything that was submitted has been answered. */
  async onApplicationShutdown(): Promise<void> {
    if (this.heldEvents === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Starts calls as long as there is something for them. */
  private pump(): void {
    this.pumping = undefined;
    clearTimeout(this.company);
    this.company = undefined;
    while (this.queue.since !== undefined && this.calls < this.config.callsAtOnce) {
      const waitedMs = performance.now() - this.queue.since;
      if (this.calls > 0 && !this.queue.hasCompany && waitedMs < this.config.companyMs) {
        this.company = setTimeout(() => this.pump(), this.config.companyMs - waitedMs);
        return;
      }
      void this.serve(this.queue.take());
    }
  }

  private async serve(batch: Submission[]): Promise<void> {
    this.calls += 1;
    await this.answer(batch);
    this.calls -= 1;
    for (const { events, bytes } of batch) this.hold(-events.length, -bytes);
    if (this.heldEvents === 0) for (const resolve of this.idle.splice(0)) resolve();
    this.pump();
  }

  private hold(events: number, bytes: number): void {
    this.heldEvents += events;
    this.heldBytes += bytes;
    this.metrics.held(this.heldEvents);
  }

  /** Never rejects. */
  private async answer(batch: readonly Submission[]): Promise<void> {
    if (this.isToBeLeftAlone()) return this.keep(batch, undefined);
    try {
      await this.append(batch);
    } catch (error) {
      if (isAway(error)) await this.keep(batch, error);
      // Some event of one of them is not what the database takes: it must not cost the others theirs.
      else if (batch.length > 1) for (const one of batch) await this.answer([one]);
      else batch[0]?.reject(error);
    }
  }

  private isToBeLeftAlone(): boolean {
    return this.awayUntil !== undefined && (this.probing || performance.now() < this.awayUntil);
  }

  private async append(batch: readonly Submission[]): Promise<void> {
    const probing = this.awayUntil !== undefined;
    const [first] = batch;
    const events = batch.length === 1 && first ? first.events : batch.flatMap((one) => one.events);
    const signal = AbortSignal.timeout(probing ? probeMs : this.config.answerWithinMs);
    this.probing ||= probing;
    try {
      const answered = this.metrics.timed(events.length);
      const receipt = await this.log.append(events, { atomic: first?.atomic ?? false, signal });
      answered(receipt);
      this.cameBack();
      const receipts = receiptsOf(batch, receipt);
      for (const [index, { resolve }] of batch.entries()) {
        resolve({ kind: 'committed', receipt: receipts[index] ?? receipt });
      }
    } catch (error) {
      // Aborted by time: what became of the call is not known.
      throw signal.aborted ? timedOut(error) : error;
    } finally {
      if (probing) this.probing = false;
    }
  }

  /** What cannot be appended now waits on the disk; whether a part of it was, no matter: it counts once. */
  private async keep(batch: readonly Submission[], error: unknown): Promise<void> {
    if (error !== undefined) this.wentAway(error);
    const whole = batch.filter(({ atomic }) => atomic || this.fallback === undefined);
    for (const { reject } of whole) reject(unavailable(error));
    const kept = batch.filter(({ atomic }) => !atomic && this.fallback !== undefined);
    if (kept.length === 0) return;
    try {
      await this.fallback?.append(kept.flatMap(({ events }) => events));
      for (const { events, resolve } of kept) resolve({ kind: 'spooled', count: events.length });
      this.metrics.spooled(kept.reduce((sum, { events }) => sum + events.length, 0));
    } catch (failure) {
      for (const { reject } of kept) reject(failure);
    }
  }

  private wentAway(error: unknown): void {
    if (this.awayUntil === undefined)
      this.logger.warn({ message: 'the database does not take events: they are kept on this machine', err: error });
    this.awayUntil = performance.now() + quietMs;
  }

  private cameBack(): void {
    if (this.awayUntil !== undefined) this.logger.log('the database takes events again');
    this.awayUntil = undefined;
  }
}

/** The statement took longer than the database lets one; nothing of it holds. */
const canceled = '57014';

function isAway(error: unknown): boolean {
  return error instanceof DatabaseError && (error.retryable || error.code === canceled);
}

function timedOut(cause: unknown): DatabaseError {
  return new DatabaseError('usage_ingest: no answer in time', { code: 'network', retryable: true, cause });
}

function unavailable(cause: unknown): TenantryError {
  return new TenantryError(
    'unavailable',
    'database_unavailable',
    'The database does not answer; send the events again.',
    {
      ...(cause === undefined ? {} : { cause }),
      members: { retry_after_seconds: 1 },
    },
  );
}

function tooMany(): TenantryError {
  return new TenantryError(
    'limited',
    'too_many_events',
    'Too many events wait to be stored; send these again in a second.',
    {
      members: { retry_after_seconds: 1 },
    },
  );
}
