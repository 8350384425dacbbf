import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { DatabaseError } from '../../platform/database-error.js';
import { EventLog } from '../events/event-log.js';
import type { PendingEvent, Rejection } from '../events/pending-event.js';
import { EventSpool } from './event-spool.service.js';
import { RejectedEvents } from './rejected-events.service.js';
import { dayOf } from './spool-file-name.js';
import { SpoolMetrics } from './spool-metrics.service.js';
import { SpoolConfig } from './spool.config.js';

/** Opens the spool, and sends what it holds as long as it holds anything. */
@Injectable()
export class SpoolDrain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SpoolDrain.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private failures = 0;
  private cleanedUpOn = '';

  constructor(
    private readonly spool: EventSpool,
    private readonly log: EventLog,
    private readonly rejected: RejectedEvents,
    private readonly metrics: SpoolMetrics,
    private readonly config: SpoolConfig,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Ends when nothing is being sent any more. What waits is tried once more: the disk of a pod may go with the pod. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
    if (this.spool.size().events > 0) await this.attempt(AbortSignal.timeout(this.config.lastAttemptMs));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.attempt(signal);
      await this.clock.sleep(this.pauseMs(), signal).catch(() => undefined);
    }
  }

  /** Never rejects. The first of several failures in a row is told, and the end of them. */
  private async attempt(signal: AbortSignal): Promise<void> {
    try {
      await this.spool.open();
      await this.cleanUpOnceADay();
      const sent = await this.spool.drain((events) => this.send(events, signal), signal);
      if (sent > 0 || this.failures > 0)
        this.logger.log({ message: 'spooled events are in the database', events: sent });
      this.failures = 0;
    } catch (error) {
      if (signal === this.stopping.signal && signal.aborted) return;
      this.failures += 1;
      if (this.failures > 1) return;
      const { events } = this.spool.size();
      if (this.spool.isOpen) this.logger.warn({ message: 'spooled events cannot be sent yet', events, err: error });
      else
        this.logger.error({
          message: `${this.config.directory} cannot be used: while the database is away no usage events are taken`,
          err: error,
        });
    }
  }

  private pauseMs(): number {
    const { pauseMs, maxPauseMs } = this.config;
    const longest = Math.min(maxPauseMs, pauseMs * 2 ** Math.max(0, this.failures - 1));
    // Replicas that lost the database together do not come back together.
    return this.failures > 1 ? longest * (0.5 + Math.random() / 2) : longest;
  }

  private async cleanUpOnceADay(): Promise<void> {
    const today = dayOf(this.clock.now());
    if (this.cleanedUpOn === today) return;
    await this.rejected.cleanUp();
    this.cleanedUpOn = today;
  }

  private async send(events: readonly PendingEvent[], signal: AbortSignal): Promise<void> {
    const rejections = await this.append(events, signal);
    if (rejections.length > 0) {
      await this.rejected.keep(events, rejections);
      this.metrics.rejected(rejections);
    }
    this.metrics.drained(events.length);
  }

  /** One event that the database cannot take must not keep the others from it: where a call fails for what is in it, halves are sent. */
  private async append(events: readonly PendingEvent[], stop: AbortSignal): Promise<readonly Rejection[]> {
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(this.config.answerWithinMs)]);
      return (await this.log.append(events, { atomic: false, signal })).rejected;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const isAtFault = aboutData.test(error.code);
      if (events.length === 1 && isAtFault)
        return [{ index: 0, code: `database_${error.code}`, message: error.message }];
      if (events.length === 1 || !(isAtFault || error.code === canceled)) throw error;
    }
    const middle = Math.ceil(events.length / 2);
    const first = await this.append(events.slice(0, middle), stop);
    const second = await this.append(events.slice(middle), stop);
    return [...first, ...second.map((one) => ({ ...one, index: one.index + middle }))];
  }
}

/** SQLSTATEs of data exceptions and of program limits, and what a gateway answers to too large a body. */
const aboutData = /^(?:22|54)...$|^http_413$/;
/** The statement took longer than the database lets one. */
const canceled = '57014';
