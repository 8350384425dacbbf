import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { type Grant, quietMs } from './allowance.js';
import { LimitedSubject } from './limited-subject.js';
import type { RateLimit, Verdict } from './rate-limit.js';
import { RateLimitsStore, type SubjectAsk } from './rate-limits.store.js';

/** A database that is slower than this is away, as far as limits go. */
const answerWithinMs = 2_000;
const sweepMs = 1_000;
/** A call locks the rows of its subjects until it ends, a tenth of a millisecond each. */
const subjectsPerCall = 200;
/** Some 10 MB. One more takes the place of the oldest, for which the database is then asked again. */
const maxSubjects = 20_000;

/**
 * Limits that hold over all replicas. A replica takes allowance out of the database in pieces, ahead of need, and decides from them in
 * memory; one call is under way at a time, for every subject that needs one. The room's README says what is guaranteed.
 */
@Injectable()
export class RateLimiter implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimiter.name);
  private readonly subjects = new Map<string, LimitedSubject>();
  /** Those that the next call is for. */
  private readonly asking = new Set<LimitedSubject>();
  private readonly refused: Counter<'limit'>;
  private calling: Promise<void> | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  /** The database did not answer; it is not asked again before then. */
  private aloneUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: RateLimitsStore,
    registry: Registry,
  ) {
    this.refused = new Counter({
      name: 'tenantry_rate_limit_refused_total',
      help: 'Requests that a rate limit refused.',
      labelNames: ['limit'],
      registers: [registry],
    });
  }

  onModuleInit(): void {
    this.sweeper = setInterval(() => this.sweep(), sweepMs).unref();
  }

  /** Gives back what was not used, so that a restart costs nobody's allowance. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeper);
    await this.calling;
    const holding = [...this.subjects.values()].filter(({ allowance }) => allowance.returnable > 0);
    this.subjects.clear();
    for (let from = 0; from < holding.length; from += subjectsPerCall) {
      await this.call(holding.slice(from, from + subjectsPerCall));
    }
  }

  /**
   * Counts `units` (all of them or none) against the quota of a subject. Answers at once while allowance is at hand; a promise waits for one
   * call to the database. Never rejects: without a database each replica limits alone.
   * @param quota units a window; what was counted before stays counted when it changes
   */
  take(limit: RateLimit, name: string, quota: number, units = 1): Verdict | Promise<Verdict> {
    const now = performance.now();
    const subject = this.subject(limit, name, quota);
    const verdict = subject.allowance.take(units, now);
    if (verdict) return this.counted(verdict);
    if (now < this.aloneUntil) return this.counted(subject.takeAlone(units, now));
    return this.wait(subject, units);
  }

  private counted(verdict: Verdict): Verdict {
    if (!verdict.passed) this.refused.inc({ limit: verdict.limit.name });
    return verdict;
  }

  private subject(limit: RateLimit, name: string, quota: number): LimitedSubject {
    const key = `${limit.name}:${name}`;
    const known = this.subjects.get(key);
    if (known) {
      known.changeQuota(quota);
      return known;
    }
    if (this.subjects.size >= maxSubjects) this.forgetOldest();
    const subject = new LimitedSubject(key, limit, quota);
    this.subjects.set(key, subject);
    return subject;
  }

  private forgetOldest(): void {
    for (const subject of this.subjects.values()) {
      if (subject.isAwaited) continue;
      this.forget(subject);
      return;
    }
  }

  /** A call must not have a subject twice: the next of that name may join the one that this was to join. */
  private forget(subject: LimitedSubject): void {
    this.subjects.delete(subject.key);
    this.asking.delete(subject);
  }

  private async wait(subject: LimitedSubject, units: number): Promise<Verdict> {
    const verdict = subject.wait(units);
    this.enqueue([subject]);
    return this.counted(await verdict);
  }

  private enqueue(subjects: readonly LimitedSubject[]): void {
    for (const subject of subjects) this.asking.add(subject);
    if (this.asking.size === 0) return;
    this.calling ??= this.callUntilDone().finally(() => {
      this.calling = undefined;
    });
  }

  private async callUntilDone(): Promise<void> {
    // What else arrives in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.asking.size > 0) {
      // One alone finds out whether the database is back, so that no more than one has to wait for that.
      const batch = [...this.asking].slice(0, this.isAway ? 1 : subjectsPerCall);
      for (const subject of batch) this.asking.delete(subject);
      await this.call(batch);
      const now = performance.now();
      for (const subject of batch) {
        if (!subject.settle(now)) this.asking.add(subject);
      }
    }
  }

  /** Asks the database for all of them; where it does not answer, they go on alone. */
  private async call(batch: readonly LimitedSubject[]): Promise<void> {
    const askedAt = performance.now();
    const asks = batch.map((subject) => subject.ask(askedAt));
    const grants = await this.reserve(asks, askedAt);
    for (const subject of batch) subject.answer(grants.get(subject.key), askedAt);
  }

  private async reserve(asks: readonly SubjectAsk[], askedAt: number): Promise<Map<string, Grant>> {
    // The last call failed a moment ago: this one would only make everybody wait.
    if (askedAt < this.aloneUntil) return new Map();
    try {
      const grants = await this.store.reserve(asks, AbortSignal.timeout(answerWithinMs));
      if (this.isAway) this.logger.log('the database gives allowance again: limits hold over all replicas');
      this.aloneUntil = Number.NEGATIVE_INFINITY;
      return grants;
    } catch (error) {
      if (!this.isAway)
        this.logger.warn({ message: 'no allowance from the database: this replica limits alone', err: error });
      this.aloneUntil = performance.now() + quietMs;
      return new Map();
    }
  }

  private get isAway(): boolean {
    return this.aloneUntil > 0;
  }

  /** Offers back what is idle, tells what was let through without the database, and forgets whose window is over. */
  private sweep(): void {
    const now = performance.now();
    const unsettled: LimitedSubject[] = [];
    for (const subject of this.subjects.values()) {
      if (subject.isForgettable(now)) this.forget(subject);
      else if (unsettled.length < subjectsPerCall && subject.allowance.isUnsettled(now)) unsettled.push(subject);
    }
    if (now >= this.aloneUntil) this.enqueue(unsettled);
  }
}
