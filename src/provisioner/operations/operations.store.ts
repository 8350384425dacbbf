import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { type ClaimedTask, LeaseLost } from '../../background-tasks/task.js';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import type { AppliedRelease, DriftFinding, InstanceStatus, ObservedState } from '../instances/instance.js';
import type { OperationError, OperationStatus, OperationStep } from './operation.js';
import { OperationNews } from './operation-news.js';
import { operationRow, type OperationRow } from './operation-row.js';
import { type WorkOrder, workOrder } from './work-order.js';

const written = z.object({ outcome: z.enum(['lost', 'recorded']) });

const finished = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('finished'), status: z.string() }),
  z.object({ outcome: z.literal('lost') }),
]);

const begun = z.discriminatedUnion('outcome', [
  workOrder.extend({ outcome: z.literal('begun') }),
  z.object({ outcome: z.literal('lost') }),
]);

const cancelled = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['cancelled', 'requested']), operation: operationRow }),
  z.object({ outcome: z.literal('finished'), status: z.string() }),
  z.object({ outcome: z.enum(['not_found', 'not_cancellable']) }),
]);

/** What the end of an operation makes of its instance. Absent members stay as they are. */
export interface InstanceEnd {
  readonly status?: InstanceStatus;
  readonly status_reason?: string | null;
  readonly observed?: ObservedState;
  readonly applied?: AppliedRelease | null;
  readonly stopped_replicas?: Readonly<Record<string, number>> | null;
  readonly drift_state?: 'none' | 'unknown';
  readonly drift_findings?: readonly DriftFinding[];
  /** The instance asks again for what it asked for before the change. */
  readonly rolled_back?: true;
}

export interface OperationEnd {
  readonly status: Exclude<OperationStatus, 'queued' | 'running'>;
  readonly error: OperationError | null;
  readonly steps: readonly OperationStep[];
  readonly instance: InstanceEnd;
}

export interface OperationFilter {
  readonly reach: Reach;
  readonly instanceId?: string | undefined;
  readonly status?: OperationStatus | undefined;
}

const json = z.json();

/** Every query about operations. Writes of a worker carry the fence of its claim, and throw LeaseLost when it is not the newest. */
@Injectable()
export class OperationsStore {
  /** Told of each change that a worker of this replica has written. */
  readonly news = new OperationNews();

  constructor(private readonly database: Database) {}

  /** Starts the work; undefined when the operation has ended or another worker holds it. */
  async begin(task: ClaimedTask): Promise<WorkOrder | undefined> {
    const answer = await this.database.rpc('operation_begin', { p_id: task.id, p_fence: task.fence });
    const parsed = begun.parse(answer);
    return parsed.outcome === 'begun' ? parsed : undefined;
  }

  /** @param error why a change is given up, before going back from it; null to leave what is there */
  async record(
    task: ClaimedTask,
    steps: readonly OperationStep[],
    progress: number,
    error: OperationError | null,
  ): Promise<void> {
    const answer = await this.database.rpc(
      'operation_record',
      {
        p_id: task.id,
        p_fence: task.fence,
        p_steps: json.parse(steps),
        p_progress: progress,
        p_error: json.parse(error),
      },
      { idempotent: true },
    );
    mustHold(answer);
    this.news.tell(task.id);
  }

  /** Writes down which program is being run, so that whoever goes on can prove that it is dead. */
  async holdProgram(task: ClaimedTask, program: { pid: number; host: string; startedAt: Date }): Promise<void> {
    const { pid, host, startedAt } = program;
    const p_program = { pid, host, startedAt: startedAt.toISOString() };
    const answer = await this.database.rpc(
      'operation_holds_program',
      { p_id: task.id, p_fence: task.fence, p_program },
      { idempotent: true },
    );
    mustHold(answer);
  }

  /** Keeps the replicas that a stop takes away, before it takes them. */
  async rememberReplicas(task: ClaimedTask, replicas: Readonly<Record<string, number>>): Promise<void> {
    const answer = await this.database.rpc(
      'operation_remember',
      { p_id: task.id, p_fence: task.fence, p_facts: { stopped_replicas: { ...replicas } } },
      { idempotent: true },
    );
    mustHold(answer);
  }

  /** Writes the end. `followed`: a later request has moved the instance on already, and its operation has waited for this end. */
  async finish(task: ClaimedTask, end: OperationEnd, context: ChangeContext): Promise<'ended' | 'followed'> {
    const answer = await this.database.rpc('operation_finish', {
      p_id: task.id,
      p_fence: task.fence,
      p_status: end.status,
      p_error: json.parse(end.error),
      p_steps: json.parse(end.steps),
      p_instance: json.parse(end.instance),
      p_context: { ...context },
    });
    const told = finished.parse(answer);
    if (told.outcome === 'lost') throw new LeaseLost();
    this.news.tell(task.id);
    return end.instance.status === undefined || told.status === end.instance.status ? 'ended' : 'followed';
  }

  async cancel(id: string, context: ChangeContext): Promise<z.infer<typeof cancelled>> {
    return cancelled.parse(await this.database.rpc('operation_cancel', { p_id: id, p_context: { ...context } }));
  }

  async find(id: string): Promise<OperationRow | undefined> {
    const rows = await this.database.read((client) => client.from('operations').select('*').eq('id', id).limit(1));
    return z.array(operationRow).parse(rows)[0];
  }

  /** The tenant of an operation, if it is within reach. */
  async ownerOf(id: string, reach: Reach): Promise<string | undefined> {
    const ids = idsWithin(reach);
    const rows = await this.database.read((client) => {
      const query = client.from('operations').select('tenant_id').eq('id', id).limit(1);
      return ids === undefined ? query : query.in('tenant_id', ids);
    });
    return z.array(z.object({ tenant_id: z.string() })).parse(rows)[0]?.tenant_id;
  }

  /** Newest first, before the given sequence number. */
  async list(filter: OperationFilter, limit: number, before: number | undefined): Promise<OperationRow[]> {
    const ids = idsWithin(filter.reach);
    const rows = await this.database.read((client) => {
      let query = client.from('operations').select('*').order('seq', { ascending: false }).limit(limit);
      if (ids !== undefined) query = query.in('tenant_id', ids);
      if (filter.instanceId !== undefined) query = query.eq('instance_id', filter.instanceId);
      if (filter.status !== undefined) query = query.eq('status', filter.status);
      return before === undefined ? query : query.lt('seq', before);
    });
    return z.array(operationRow).parse(rows);
  }
}

function mustHold(answer: unknown): void {
  if (written.parse(answer).outcome === 'lost') throw new LeaseLost();
}
