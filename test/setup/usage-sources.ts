import { InstanceTime } from '../../src/usage-metrics/sources/instance-time.service.js';
import { InstanceTimeStore } from '../../src/usage-metrics/sources/instance-time.store.js';
import { Submitter } from '../../src/usage-metrics/sources/submitter.service.js';
import {
  type PendingEvent,
  type Submitted,
  UsageSubmission,
} from '../../src/usage-metrics/sources/usage-submission.js';
import type { TestDatabase } from './database.js';

/** Straight into the log. */
export class DirectSubmission extends UsageSubmission {
  /** What is thrown instead, once. */
  fault: Error | undefined;
  /** What is thrown after the events are taken, once: an answer that is lost. */
  lostAnswer: Error | undefined;

  constructor(private readonly test: TestDatabase) {
    super();
  }

  async submit(events: readonly PendingEvent[]): Promise<Submitted> {
    this.fail('fault');
    const sent = JSON.stringify(events.map(({ tenantId, json }) => ({ tenant: tenantId, event: JSON.parse(json) })));
    const ingest = (): Promise<{ answer: { days?: string[]; rejected?: Submitted['rejected'] } }[]> =>
      this.test.sql('select public.usage_ingest($1, false) as answer', [sent]);
    let [row] = await ingest();
    if (row?.answer.days !== undefined) {
      await this.test.sql('select public.usage_partitions_make($1::text[]::date[])', [row.answer.days]);
      [row] = await ingest();
    }
    this.fail('lostAnswer');
    return { rejected: row?.answer.rejected ?? [] };
  }

  private fail(kind: 'fault' | 'lostAnswer'): void {
    const error = this[kind];
    this[kind] = undefined;
    if (error !== undefined) throw error;
  }
}

export interface Sources {
  readonly submission: DirectSubmission;
  readonly time: InstanceTime;
}

export function sourcesOn(test: TestDatabase): Sources {
  const submission = new DirectSubmission(test);
  return { submission, time: new InstanceTime(new InstanceTimeStore(test.database), new Submitter(submission)) };
}

/** Takes what the outbox holds, as its delivery does. */
export async function deliverStates(test: TestDatabase, time: InstanceTime): Promise<void> {
  const rows = await test.sql<{ message: Parameters<InstanceTime['take']>[0] }>(
    `select jsonb_build_object('id', id, 'at', at, 'topic', topic, 'tenantId', tenant_id, 'instanceId', instance_id, 'payload', payload,
      'instance', instance) as message
    from public.outbox where delivered_at is null order by id`,
  );
  for (const { message } of rows) await time.take(message);
  await test.sql('update public.outbox set delivered_at = now() where delivered_at is null');
}
