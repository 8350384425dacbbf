import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import type { OutboxMessage } from '../../background-tasks/outbox-message.js';
import { Outbox } from '../../background-tasks/outbox.service.js';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { newId } from '../../platform/ids.js';
import { SuspensionsStore } from './suspensions.store.js';

const perPage = 100;

/** Stops what suspended tenants run, and starts that again afterwards, as operations like any other. */
@Injectable()
export class Suspensions implements OnModuleInit {
  private readonly logger = new Logger(Suspensions.name);

  constructor(
    private readonly store: SuspensionsStore,
    private readonly outbox: Outbox,
    private readonly worker: TaskWorker,
  ) {}

  onModuleInit(): void {
    this.outbox.on(['billing.subscription.suspended'], async (message, signal) => {
      const reason = message.payload['reason'];
      const told = typeof reason === 'string' ? reason : null;
      await this.store.suspend(message.tenantId, sourceOf(message), told, bySystem);
      await this.begin(message.tenantId, signal);
    });
    this.outbox.on(['billing.subscription.resumed'], async (message, signal) => {
      await this.store.resume(message.tenantId, sourceOf(message), bySystem);
      await this.begin(message.tenantId, signal);
    });
  }

  /**
   * Brings the instances of a tenant, or of all, to what suspensions say. What is between two states is left for the next time.
   * @throws AggregateError of those that failed; others are done
   */
  async converge(signal: AbortSignal, tenantId?: string): Promise<void> {
    const errors: unknown[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await this.store.work(tenantId, after, perPage);
      for (const work of page) {
        signal.throwIfAborted();
        try {
          if (await this.store.act(work, newId(), bySystem)) this.worker.wake();
        } catch (error) {
          errors.push(error);
        }
      }
      after = page.at(-1)?.instance_id;
      if (page.length < perPage) break;
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} instances are not as suspensions have them`);
  }

  /** What is written down is reached by the sweep too: a message of the tenant that follows need not wait for it. */
  private async begin(tenantId: string, signal: AbortSignal): Promise<void> {
    await this.converge(signal, tenantId).catch((error: unknown) => {
      if (signal.aborted) throw error;
      this.logger.warn(
        { err: error, tenant_id: tenantId },
        'instances of a tenant are not as suspensions have them yet',
      );
    });
  }
}

function sourceOf({ payload }: OutboxMessage): string {
  return `subscription:${String(payload['subscription_id'])}`;
}
