import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { principalOf } from '../../auth/request-principal.js';
import { Clock } from '../../platform/clock.js';
import { type AnsweredRequest, AnsweredRequests } from '../../platform/http/answered-requests.js';
import { ApiCallCounts } from './api-call-counts.js';
import { callingTenant } from './calling-tenant.js';
import type { SourceEvent } from './source-event.js';
import { Submitter } from './submitter.service.js';

const minuteMs = 60_000;
/** About ten minutes of a thousand busy tenants. What waits longer was refused for longer than the spool holds. */
const mostWaiting = 50_000;

/** Counts the calls that this replica answers, and submits each minute when it is over. A crash loses what was counted since the last one. */
@Injectable()
export class ApiCallsTask implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ApiCallsTask.name);
  private readonly draining = new AbortController();
  private readonly counts = new ApiCallCounts(randomUUID());
  /** Of minutes that are over, and not taken yet. */
  private waiting: SourceEvent[] = [];
  private submitting: Promise<void> | undefined;

  constructor(
    private readonly answered: AnsweredRequests,
    private readonly submitter: Submitter,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.answered.subscribe((request) => this.count(request));
  }

  onApplicationBootstrap(): void {
    this.submitting = this.loop();
  }

  /** After the last answer: the minute that was going on is submitted as far as it came. */
  async onApplicationShutdown(): Promise<void> {
    this.draining.abort();
    await this.submitting;
    await this.submit(new Date(this.clock.now().getTime() + minuteMs));
  }

  private count(request: AnsweredRequest): void {
    const { method, route, status, reach } = request;
    const tenantId = callingTenant(principalOf(request), reach);
    if (tenantId === undefined || route === undefined) return;
    this.counts.add({ tenantId, method, route, status }, this.clock.now());
  }

  private async loop(): Promise<void> {
    const { signal } = this.draining;
    while (!signal.aborted) {
      const now = this.clock.now();
      await this.submit(now);
      await this.clock.sleep(minuteMs - (now.getTime() % minuteMs), signal).catch(() => undefined);
    }
  }

  private async submit(at: Date): Promise<void> {
    this.waiting.push(...this.counts.take(at));
    if (this.waiting.length === 0) return;
    try {
      await this.submitter.submit(this.waiting);
      this.waiting = [];
    } catch (error) {
      const lost = this.waiting.splice(0, Math.max(0, this.waiting.length - mostWaiting)).length;
      this.logger[lost > 0 ? 'error' : 'warn'](
        { err: error, waiting: this.waiting.length, lost },
        'API calls are not metered yet',
      );
    }
  }
}
