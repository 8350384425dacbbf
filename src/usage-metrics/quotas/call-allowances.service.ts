import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import type { TenantryError } from '../../platform/errors.js';
import { CallAllowance } from './call-allowance.js';
import { CallAllowancesStore } from './call-allowances.store.js';

/** How many calls one replica takes ahead of need, at most. */
const pieceSize = 100;
/** How long another replica's first limit may go unseen. */
const limitedMs = 5_000;
const idleMs = 10_000;
const answerWithinMs = 2_000;

/**
 * Lets tenants call as often as their `api_calls` allow, over all replicas. A piece counts as used when a replica takes it, so a hard limit
 * is never passed; a replica that dies takes what it has at hand with it, a twentieth of what was left at most.
 */
@Injectable()
export class CallAllowances implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(CallAllowances.name);
  private readonly tenants = new Map<string, CallAllowance>();
  private readonly asking = new Map<string, Promise<void>>();
  /** Whether anybody's calls are limited; undefined when that is not known. */
  private limited: boolean | undefined;
  private limitedUntil = 0;
  private learning: Promise<void> | undefined;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: CallAllowancesStore,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sweeper = setInterval(() => this.returnIdle(), idleMs).unref();
  }

  /** Gives back what was not used. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeper);
    await Promise.all(this.asking.values());
    await this.learning;
    for (const [id, allowance] of this.tenants) await this.giveBack(id, allowance);
    this.tenants.clear();
  }

  /**
   * Counts a call of a tenant. Answers at once while that can be told without the database, and never rejects: when it is away, calls go on.
   * @returns TenantryError `quota_exceeded` for a call that is not to be served
   */
  take(tenantId: string): TenantryError | undefined | Promise<TenantryError | undefined> {
    const now = this.now();
    if (now >= this.limitedUntil) this.learn(now);
    if (this.limited === undefined) return this.learnt(tenantId);
    if (!this.limited) return undefined;
    const verdict = this.allowance(tenantId).take(now);
    if (verdict.state === 'unknown') return this.wait(tenantId);
    return verdict.state === 'refused' ? verdict.error : undefined;
  }

  /** For whoever changed limits here: they hold from the next call. */
  limitsChanged(): void {
    this.limited = undefined;
    this.limitedUntil = 0;
    for (const allowance of this.tenants.values()) allowance.doubt();
  }

  private now(): number {
    return this.clock.now().getTime();
  }

  private allowance(tenantId: string): CallAllowance {
    const known = this.tenants.get(tenantId) ?? new CallAllowance();
    this.tenants.set(tenantId, known);
    return known;
  }

  private learn(now: number): void {
    this.limitedUntil = now + limitedMs;
    this.learning ??= this.askWhether().finally(() => {
      this.learning = undefined;
    });
  }

  private async askWhether(): Promise<void> {
    try {
      this.limited = await this.store.areLimited(AbortSignal.timeout(answerWithinMs));
    } catch (error) {
      this.unanswered(error);
    }
  }

  private async learnt(tenantId: string): Promise<TenantryError | undefined> {
    await this.learning;
    // Not even now: the database is away.
    return this.limited === undefined ? undefined : this.take(tenantId);
  }

  private async wait(tenantId: string): Promise<TenantryError | undefined> {
    const allowance = this.allowance(tenantId);
    allowance.waiting += 1;
    try {
      for (;;) {
        await (this.asking.get(tenantId) ?? this.ask(tenantId, allowance));
        const verdict = allowance.take(this.now());
        if (verdict.state === 'refused') return verdict.error;
        if (verdict.state === 'passed') return undefined;
      }
    } finally {
      allowance.waiting -= 1;
    }
  }

  private ask(tenantId: string, allowance: CallAllowance): Promise<void> {
    const asked = this.takePiece(tenantId, allowance).finally(() => this.asking.delete(tenantId));
    this.asking.set(tenantId, asked);
    return asked;
  }

  private async takePiece(tenantId: string, allowance: CallAllowance): Promise<void> {
    // What else arrives in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    const ask = { needed: allowance.waiting, wanted: pieceSize };
    try {
      const taken = await this.store.take(tenantId, ask, allowance.surrender(), AbortSignal.timeout(answerWithinMs));
      allowance.answer(taken, this.now());
    } catch (error) {
      this.unanswered(error);
      allowance.goOn(this.now());
    }
  }

  private returnIdle(): void {
    const before = this.now() - idleMs;
    for (const [id, allowance] of this.tenants) {
      if (allowance.usedAt >= before || allowance.waiting > 0) continue;
      this.tenants.delete(id);
      void this.giveBack(id, allowance);
    }
  }

  private async giveBack(tenantId: string, allowance: CallAllowance): Promise<void> {
    const unused = allowance.surrender();
    if (unused.left === 0) return;
    const nothing = { needed: 0, wanted: 0 };
    await this.store.take(tenantId, nothing, unused, AbortSignal.timeout(answerWithinMs)).catch((error: unknown) => {
      this.unanswered(error);
    });
  }

  private unanswered(error: unknown): void {
    this.logger.warn({ message: 'the database does not say how often tenants may call', err: error });
  }
}
