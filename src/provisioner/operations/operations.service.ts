import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { Operation } from './operation.js';
import { eventsOf, type NumberedEvent } from './operation-events.js';
import { type OperationRow, toOperation } from './operation-row.js';
import { notFound } from './operation-errors.js';
import { type OperationFilter, OperationsStore } from './operations.store.js';

/** How often an open stream looks when it hears no news: the work may be done by another replica, and Supabase has no sessions to be told through. */
const lookMs = 250;

/** Shows operations and cancels them. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly store: OperationsStore,
    private readonly clock: Clock,
  ) {}

  /** @throws TenantryError `operation_not_found` */
  async get(id: string): Promise<Operation> {
    const row = await this.store.find(id);
    if (row === undefined) throw notFound();
    return toOperation(row);
  }

  /** Newest first, before the given sequence number. */
  list(filter: OperationFilter, limit: number, before: number | undefined): Promise<OperationRow[]> {
    return this.store.list(filter, limit, before);
  }

  /**
   * Cancels what has not begun; asks a create that runs to stop. Other work is brought to its end, since half of it is worse than all.
   * @throws TenantryError `operation_not_found`, `operation_not_cancellable`
   */
  async cancel(id: string, context: ChangeContext): Promise<Operation> {
    const cancelled = await this.store.cancel(id, context);
    switch (cancelled.outcome) {
      case 'cancelled':
      case 'requested':
        return toOperation(cancelled.operation);
      case 'not_cancellable':
        throw notCancellable('it runs, and is brought to its end; only a create can be cancelled then');
      case 'finished':
        throw notCancellable(`it has already ${cancelled.status}`);
      case 'not_found':
        throw notFound();
    }
  }

  /** Events after the given number as they happen, until the operation has ended or the signal aborts. */
  async *follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
    let last = after;
    while (!signal.aborted) {
      const news = new AbortController();
      // Before the look, so that what happens during it is not missed.
      const leave = this.store.news.listen(id, () => news.abort());
      try {
        const events = eventsOf(await this.get(id));
        for (const numbered of events.filter((candidate) => candidate.number > last)) {
          last = numbered.number;
          yield numbered;
        }
        if (events.at(-1)?.event.type === 'end') return;
        await this.clock.sleep(lookMs, AbortSignal.any([signal, news.signal])).catch(() => undefined);
      } finally {
        leave();
      }
    }
  }
}

function notCancellable(why: string): TenantryError {
  return new TenantryError('conflict', 'operation_not_cancellable', `the operation cannot be cancelled: ${why}`);
}
