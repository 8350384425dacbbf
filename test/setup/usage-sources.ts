import { Registry } from 'prom-client';
import { EventLogStore } from '../../src/usage-metrics/events/event-log.store.js';
import { EventsConfig, eventsEnvironment } from '../../src/usage-metrics/events/events.config.js';
import { IngestMetrics } from '../../src/usage-metrics/events/ingest-metrics.service.js';
import type { AppendReceipt } from '../../src/usage-metrics/events/pending-event.js';
import { UsageEvents } from '../../src/usage-metrics/events/usage-events.service.js';
import { InstanceTime } from '../../src/usage-metrics/sources/instance-time.service.js';
import { InstanceTimeStore } from '../../src/usage-metrics/sources/instance-time.store.js';
import { Submitter } from '../../src/usage-metrics/sources/submitter.service.js';
import type { TestDatabase } from './database.js';

/** The log, which can fail once on demand. */
export class FaultyEventLog extends EventLogStore {
  /** Thrown instead of taking the events. */
  fault: Error | undefined;
  /** Thrown after they are taken: an answer that is lost. */
  lostAnswer: Error | undefined;

  override async append(...call: Parameters<EventLogStore['append']>): Promise<AppendReceipt> {
    this.fail('fault');
    const receipt = await super.append(...call);
    this.fail('lostAnswer');
    return receipt;
  }

  private fail(kind: 'fault' | 'lostAnswer'): void {
    const error = this[kind];
    this[kind] = undefined;
    if (error !== undefined) throw error;
  }
}

export interface Sources {
  readonly log: FaultyEventLog;
  readonly submitter: Submitter;
  readonly time: InstanceTime;
}

export function sourcesOn(test: TestDatabase): Sources {
  const log = new FaultyEventLog(test.database);
  const config = new EventsConfig(eventsEnvironment.parse({}));
  const submitter = new Submitter(new UsageEvents(log, config, new IngestMetrics(new Registry())));
  return { log, submitter, time: new InstanceTime(new InstanceTimeStore(test.database), submitter) };
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
