import type { RateLimit, Verdict } from './rate-limit.js';

/** What a replica asks the database for, of one subject. `rate_limit_reserve` says what each member does. */
export interface Ask {
  readonly window: string | null;
  readonly returned: number;
  readonly need: number;
  readonly want: number;
}

/** What the database answered. */
export interface Grant {
  /** Names the window that the allowance is of. */
  readonly window: string;
  readonly granted: number;
  /** What is left in the database beyond what was granted. */
  readonly remaining: number;
  readonly resetsInMs: number;
}

/** How long a refusal is repeated without a call, and a failed call is not tried again. */
export const quietMs = 1_000;
/** An allowance that was not used for so long is offered back. */
const idleMs = 1_000;

/**
 * What this replica may let through of one subject, until the window ends. Times are milliseconds of a clock that never goes back.
 * While a call is under way nothing is held: all of it was given back with the ask, and comes again with the answer.
 */
export class Allowance {
  private window: string | null = null;
  private held = 0;
  /** What the database had beyond it when it last answered. */
  private elsewhere = 0;
  /** How much of what is held the database never granted: it did not answer. */
  private borrowed = 0;
  private endsAt = Number.NEGATIVE_INFINITY;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private touchedAt = Number.NEGATIVE_INFINITY;
  private offered = { held: 0, borrowed: 0 };
  private outdated = false;

  constructor(
    private readonly limit: RateLimit,
    private quota: number,
  ) {}

  /** Another quota counts from the next ask on. */
  changeQuota(quota: number): void {
    this.quota = quota;
    this.outdated = true;
  }

  /** Decides alone where it can; `undefined`: the database is to be asked. */
  take(units: number, now: number): Verdict | undefined {
    if (now >= this.endsAt || this.outdated) return undefined;
    if (this.held >= units) {
      this.held -= units;
      this.touchedAt = now;
      return this.verdict(true, now);
    }
    return now < this.quietUntil ? this.verdict(false, now) : undefined;
  }

  /** The same after the database has answered: what is not held is refused, and for a while without asking. */
  takeOrRefuse(units: number, now: number): Verdict {
    const verdict = this.take(units, now);
    if (verdict) return verdict;
    this.quietUntil = now + quietMs;
    return this.verdict(false, now);
  }

  /** Offers back everything that is held, and asks for what is needed. Followed by `grant` or `goOnAlone`. */
  ask(need: number, want: number): Ask {
    this.offered = { held: this.held, borrowed: this.borrowed };
    this.held = 0;
    this.borrowed = 0;
    return { window: this.window, returned: this.offered.held - this.offered.borrowed, need, want };
  }

  /** @param askedAt when the question was sent: the window ends no later than that plus what the answer says. */
  grant({ window, granted, remaining, resetsInMs }: Grant, askedAt: number): void {
    this.window = window;
    this.held = granted;
    this.elsewhere = remaining;
    this.endsAt = askedAt + resetsInMs;
    this.quietUntil = Number.NEGATIVE_INFINITY;
    this.outdated = false;
    this.touchedAt = askedAt;
  }

  /** The database did not answer: goes on with what it last said was left, or with the whole quota where no window is known. Follows `ask`. */
  goOnAlone(now: number): void {
    if (now >= this.endsAt) {
      this.window = null;
      this.offered = { held: 0, borrowed: 0 };
      this.elsewhere = this.quota;
      this.endsAt = now + this.limit.windowSeconds * 1_000;
    }
    this.held = this.offered.held + this.elsewhere;
    this.borrowed = this.offered.borrowed + this.elsewhere;
    this.offered = { held: 0, borrowed: 0 };
    this.elsewhere = 0;
    this.quietUntil = now + quietMs;
    this.outdated = false;
    this.touchedAt = now;
  }

  isOver(now: number): boolean {
    return now >= this.endsAt;
  }

  /** What it holds of the database's, and could give back. */
  get returnable(): number {
    return this.borrowed === 0 ? this.held : 0;
  }

  /** The same, where it has not been in use lately. */
  idle(now: number): number {
    return now < this.endsAt && now - this.touchedAt >= idleMs ? this.returnable : 0;
  }

  /** The database would like to hear of it though nobody asks for more. */
  isUnsettled(now: number): boolean {
    return this.borrowed > 0 || this.idle(now) > 0;
  }

  private verdict(passed: boolean, now: number): Verdict {
    return {
      limit: this.limit,
      quota: this.quota,
      passed,
      remaining: this.held + this.elsewhere,
      resetSeconds: Math.max(1, Math.ceil((this.endsAt - now) / 1_000)),
    };
  }
}
