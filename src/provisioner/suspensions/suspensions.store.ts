import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';

const workRow = z.object({ instance_id: z.string(), act: z.enum(['stop', 'start']) });
export type SuspensionWork = z.infer<typeof workRow>;

/** `accepted`: there is an operation. Everything else is looked at again, or needs nothing. */
const actOutcome = z.object({ outcome: z.string() });

/** Every query about suspended tenants. */
@Injectable()
export class SuspensionsStore {
  constructor(private readonly database: Database) {}

  async suspend(tenantId: string, source: string, reason: string | null, context: ChangeContext): Promise<void> {
    const args = { p_tenant_id: tenantId, p_source: source, p_reason: reason, p_context: { ...context } };
    await this.database.rpc('tenant_suspend', args, { idempotent: true });
  }

  async resume(tenantId: string, source: string, context: ChangeContext): Promise<void> {
    const args = { p_tenant_id: tenantId, p_source: source, p_context: { ...context } };
    await this.database.rpc('tenant_resume', args, { idempotent: true });
  }

  /** By instance, after the given one; of one tenant, or of all. */
  async work(tenantId: string | undefined, after: string | undefined, limit: number): Promise<SuspensionWork[]> {
    const args = { p_tenant_id: tenantId ?? null, p_after: after ?? null, p_limit: limit };
    return z.array(workRow).parse(await this.database.rpc('suspension_work', args, { idempotent: true }));
  }

  /** @returns whether there is an operation now */
  async act({ instance_id, act }: SuspensionWork, operationId: string, context: ChangeContext): Promise<boolean> {
    const name = act === 'stop' ? 'instance_suspend' : 'instance_unsuspend';
    const args = { p_instance_id: instance_id, p_operation_id: operationId, p_context: { ...context } };
    return actOutcome.parse(await this.database.rpc(name, args)).outcome === 'accepted';
  }
}
