import type { TenantryError } from '../../platform/errors.js';
import { quotaExceeded } from '../../platform/quota-exceeded.js';
import type { TakeOutcome } from './call-allowances.store.js';

/** How long it is believed that a tenant has no limit, or none left: so long does a change on another replica take to be heeded. */
const freeMs = 5_000;
const refusedMs = 1_000;

/** `unknown`: the database has to be asked. */
type Verdict = { readonly state: 'passed' | 'unknown' } | { readonly state: 'refused'; readonly error: TenantryError };

const passed: Verdict = { state: 'passed' };
const unknown: Verdict = { state: 'unknown' };

/** What one replica knows of how often a tenant may still call. Times in ms of the clock. */
export class CallAllowance {
  /** Calls of the piece at hand that were not made. */
  left = 0;
  period: string | null = null;
  /** Requests that wait for a piece. */
  waiting = 0;
  usedAt = 0;
  private until = 0;
  private verdict: Verdict = unknown;

  /** Counts a call where there is something to count it against. */
  take(now: number): Verdict {
    this.usedAt = now;
    if (now >= this.until) return unknown;
    if (this.period === null) return this.verdict;
    if (this.left < 1) return unknown;
    this.left -= 1;
    return passed;
  }

  /** What the database said. */
  answer(taken: TakeOutcome, now: number): void {
    switch (taken.outcome) {
      case 'taken':
        this.left = taken.amount;
        this.period = taken.period;
        this.until = taken.ends_at === null ? Number.POSITIVE_INFINITY : new Date(taken.ends_at).getTime();
        return;
      case 'quota_exceeded':
        return this.believe({ state: 'refused', error: quotaExceeded(taken) }, now + refusedMs);
      case 'unlimited':
        return this.believe(passed, now + freeMs);
    }
  }

  /** The database does not say: calls go on, uncounted. */
  goOn(now: number): void {
    this.believe(passed, now + refusedMs);
  }

  /** Limits were changed: what was believed of them no longer holds. A piece at hand stays. */
  doubt(): void {
    if (this.period === null) this.until = 0;
  }

  /** What is to be given back, which it has no more from now on. */
  surrender(): { readonly left: number; readonly period: string | null } {
    const { left, period } = this;
    this.left = 0;
    return { left, period };
  }

  private believe(verdict: Verdict, until: number): void {
    this.left = 0;
    this.period = null;
    this.verdict = verdict;
    this.until = until;
  }
}
