import type { ChangesSince, CredentialChange } from './credentials.store.js';
import { unavailable } from './unavailable.js';

/** No decision rests on older knowledge. */
const freshMs = 1_000;
/** From this age on the next request asks, without waiting, so that under load none ever waits. */
const aheadMs = 750;
/** After a question without an answer, the next one is put no sooner. */
const retryMs = 500;

interface Question {
  changesSince(seen: number | null): Promise<ChangesSince>;
}

/** What must be forgotten: all that a change is about, or everything. */
export type Forget = (change: CredentialChange | 'everything') => void;

/**
 * Keeps what a replica remembers of credentials from being older than a second: asks what has changed, when requests come and not more
 * often than the age asks for, with one question for all of them. What is remembered is as old as the last answer's question.
 */
export class CredentialChanges {
  private readonly listeners: Forget[] = [];
  private seen: number | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  private failure: { readonly at: number; readonly error: unknown } | undefined;
  private asking: Promise<void> | undefined;
  private generations = 0;

  /** @param elapsed milliseconds of a clock that nobody sets */
  constructor(
    private readonly question: Question,
    private readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** Grows with everything that was forgotten: what was read before must not be remembered after. */
  get generation(): number {
    return this.generations;
  }

  onForget(forget: Forget): void {
    this.listeners.push(forget);
  }

  /** Whether what is remembered may be relied on now. Asks ahead of the time when it may not. */
  isFresh(): boolean {
    const age = this.elapsed() - this.askedAt;
    // Whoever needs the answer hears of a failure; nobody needs it yet.
    if (age > aheadMs && this.asking === undefined && !this.failedLately()) this.ask().catch(() => undefined);
    return age <= freshMs;
  }

  /**
   * Waits until what is remembered may be relied on.
   * @param staleSeconds how old it may be when the database does not answer
   * @throws TenantryError `unavailable`
   */
  async refresh(staleSeconds = 0): Promise<void> {
    try {
      // An answer may be late; two that are mean that there is nothing to rely on.
      for (let tries = 0; tries < 2 && !this.isFresh(); tries += 1) await this.askUnlessFailed();
    } catch (error) {
      if (this.elapsed() - this.askedAt <= staleSeconds * 1_000) return;
      throw unavailable(error);
    }
    if (!this.isFresh()) throw unavailable(undefined);
  }

  /** Forgets at once, where this replica itself has made the change. */
  forget(change: CredentialChange | 'everything'): void {
    this.generations += 1;
    for (const listener of this.listeners) listener(change);
  }

  private failedLately(): boolean {
    return this.failure !== undefined && this.elapsed() - this.failure.at < retryMs;
  }

  private askUnlessFailed(): Promise<void> {
    if (this.failure !== undefined && this.failedLately()) return Promise.reject(this.failure.error);
    return this.ask();
  }

  private ask(): Promise<void> {
    this.asking ??= this.askNow().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async askNow(): Promise<void> {
    const began = this.elapsed();
    try {
      const { version, reset, changes } = await this.question.changesSince(this.seen);
      if (reset) this.forget('everything');
      for (const change of changes) this.forget(change);
      this.seen = version;
      this.askedAt = began;
      this.failure = undefined;
    } catch (error) {
      this.failure = { at: this.elapsed(), error };
      throw error;
    }
  }
}
