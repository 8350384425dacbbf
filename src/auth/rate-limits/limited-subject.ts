import { Allowance, type Grant } from './allowance.js';
import type { RateLimit, Verdict } from './rate-limit.js';
import type { SubjectAsk } from './rate-limits.store.js';

interface Waiting {
  readonly units: number;
  readonly decide: (verdict: Verdict) => void;
}

/** A subject with its allowance, and those who wait until the database has said more of it. */
export class LimitedSubject {
  readonly allowance: Allowance;
  private readonly waiting: Waiting[] = [];
  /** How many of those who wait the call under way is for. */
  private askedFor = 0;

  constructor(
    readonly key: string,
    private readonly limit: RateLimit,
    private quota: number,
  ) {
    this.allowance = new Allowance(limit, quota);
  }

  changeQuota(quota: number): void {
    if (quota === this.quota) return;
    this.quota = quota;
    this.allowance.changeQuota(quota);
  }

  wait(units: number): Promise<Verdict> {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    this.waiting.push({ units, decide: resolve });
    return promise;
  }

  /** What to ask for: enough for those who wait and as much ahead as there is; where nobody waits, to keep no more than is held. */
  ask(now: number): SubjectAsk {
    this.askedFor = this.waiting.length;
    const need = this.waiting.reduce((sum, { units }) => sum + units, 0);
    const ahead = need > 0 ? this.quota : this.allowance.idle(now);
    const ask = this.allowance.ask(need, need + ahead);
    return { subject: this.key, quota: this.quota, window_ms: this.limit.windowSeconds * 1_000, ...ask };
  }

  answer(grant: Grant | undefined, askedAt: number): void {
    if (grant) this.allowance.grant(grant, askedAt);
    else this.allowance.goOnAlone(askedAt);
  }

  /** Decides for those the call was for, and for who came since where that can be told. False: somebody waits for another call. */
  settle(now: number): boolean {
    const waiting = this.waiting.splice(0);
    // When the answer took so long that its window is over, all of them go on to the next one.
    const decidable = this.allowance.isOver(now) ? 0 : this.askedFor;
    this.askedFor = 0;
    for (const { units, decide } of waiting.slice(0, decidable)) decide(this.allowance.takeOrRefuse(units, now));
    for (const one of waiting.slice(decidable)) this.settleOrKeep(one, now);
    return !this.isAwaited;
  }

  get isAwaited(): boolean {
    return this.waiting.length > 0;
  }

  takeAlone(units: number, now: number): Verdict {
    this.allowance.ask(0, 0);
    this.allowance.goOnAlone(now);
    return this.allowance.takeOrRefuse(units, now);
  }

  /** Its window is over, and nobody waits for the next one. */
  isForgettable(now: number): boolean {
    return !this.isAwaited && this.allowance.isOver(now);
  }

  private settleOrKeep(waiting: Waiting, now: number): void {
    const verdict = this.allowance.take(waiting.units, now);
    if (verdict) waiting.decide(verdict);
    else this.waiting.push(waiting);
  }
}
