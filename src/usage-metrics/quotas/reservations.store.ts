import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { quotaRefusal } from '../../platform/quota-exceeded.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from './amount.js';
import { reservationStates } from './reservation.js';

const reservationRow = z.object({
  id: z.string(),
  tenant_id: z.string(),
  feature: z.string(),
  amount: exact,
  state: z.enum(reservationStates),
  committed: exact.nullable(),
  requested_by: z.string(),
  expires_at: rowInstant,
  created_at: rowInstant,
  ended_at: rowInstant.nullable(),
});

const reserveOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['reserved', 'unchanged', 'differs', 'ended']), reservation: reservationRow }),
  quotaRefusal.extend({ outcome: z.literal('quota_exceeded') }),
  z.object({ outcome: z.enum(['tenant_not_found', 'feature_not_found', 'not_reservable']) }),
]);
const endOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['ended_now', 'unchanged', 'ended']), reservation: reservationRow }),
  z.object({ outcome: z.enum(['reservation_not_found', 'beyond_reservation']) }),
]);

/** Names a reservation; the id is its maker's. */
export interface ReservationKey {
  readonly tenantId: string;
  readonly id: string;
}

/** Every query about reservations. Each call may be sent again: the id makes it the same one. */
@Injectable()
export class ReservationsStore {
  constructor(private readonly database: Database) {}

  /** @throws DatabaseError with hint `reservation_differs` */
  async reserve(
    key: ReservationKey,
    wanted: { readonly feature: string; readonly amount: string; readonly lease_seconds: number },
    context: ChangeContext,
  ): Promise<z.infer<typeof reserveOutcome>> {
    const args = {
      ...argsOf(key),
      p_feature: wanted.feature,
      p_amount: wanted.amount,
      p_lease_seconds: wanted.lease_seconds,
      p_context: { ...context },
    };
    return reserveOutcome.parse(await this.database.rpc('quota_reserve', args, { idempotent: true }));
  }

  /** @param amount what was used of it; null: all */
  async end(
    key: ReservationKey,
    state: 'committed' | 'released',
    amount: string | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof endOutcome>> {
    const args = { ...argsOf(key), p_state: state, p_amount: amount, p_context: { ...context } };
    return endOutcome.parse(await this.database.rpc('quota_reservation_end', args, { idempotent: true }));
  }

  async find(key: ReservationKey): Promise<z.infer<typeof reservationRow> | undefined> {
    const answer = await this.database.rpc('quota_reservation', argsOf(key), { idempotent: true });
    return reservationRow.nullable().parse(answer) ?? undefined;
  }

  /** Ends what is over. At most `limit` of each kind; says how many of each. */
  async sweep(limit: number, signal: AbortSignal): Promise<z.infer<typeof swept>> {
    return swept.parse(await this.database.rpc('quota_sweep', { p_limit: limit }, { signal }));
  }
}

const swept = z.object({ expired: z.number(), settled: z.number(), removed: z.number() });

function argsOf({ tenantId, id }: ReservationKey): { p_tenant_id: string; p_id: string } {
  return { p_tenant_id: tenantId, p_id: id };
}
