import { z } from 'zod';
import type { OutboxMessage } from '../../background-tasks/outbox-message.js';
import { instanceSource } from '../events/own-events.js';
import type { SourceEvent } from './source-event.js';

/** The topics that tell of an instance's state. */
export const stateTopics = ['operation.*', 'instance.*'] as const;

/** A piece of the time that an instance was observed ready, within one quarter of an hour. */
export const readySlice = z.object({
  instance_id: z.string(),
  message_id: z.number(),
  part: z.number(),
  tenant_id: z.string(),
  blueprint: z.string().nullable(),
  agents: z.number().nullable(),
  from: z.string(),
  to: z.string(),
  seconds: z.string(),
});
export type ReadySlice = z.infer<typeof readySlice>;

/** What a message says of its instance's state, for `usage_instance_told`; undefined where it says nothing. */
export interface ToldState {
  readonly id: number;
  readonly at: string;
  readonly tenant_id: string;
  readonly instance_id: string;
  readonly status: string;
  readonly blueprint: string;
  readonly agents: number | null;
  /** Between these nobody looked. */
  readonly from?: string;
  readonly to?: string;
}

const gap = z.object({ from: z.string(), to: z.string() });

/** Pure. Messages of before instances were metered do not say what state theirs was in, nor when nobody looked: they tell nothing. */
export function toldState({
  id,
  at,
  topic,
  tenantId,
  instanceId,
  payload,
  instance,
}: OutboxMessage): ToldState | undefined {
  if (instanceId === null || instance === null) return undefined;
  const state = { id, at, tenant_id: tenantId, instance_id: instanceId, ...instance };
  return topic === 'instance.unobserved' ? { ...state, ...gap.parse(payload) } : state;
}

/** The event of a slice. Pure. */
export function instanceStateEvent(slice: ReadySlice): SourceEvent {
  const { instance_id, message_id, part, tenant_id, blueprint, agents, from, seconds } = slice;
  return {
    tenantId: tenant_id,
    type: 'tenantry.instance.state',
    source: instanceSource(instance_id),
    id: `state/${message_id}.${part}/${from}`,
    time: from,
    data: { instance_id, blueprint, status: 'running', seconds, ...(agents === null ? {} : { agents }) },
  };
}
