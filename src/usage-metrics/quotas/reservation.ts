import { z } from 'zod';
import { id, instant } from '../../platform/http/schemas.js';
import { amount, positiveAmount } from './amount.js';
import { featureSlug } from './feature.js';

export const newReservation = z
  .strictObject({
    feature: featureSlug,
    amount: positiveAmount,
    lease_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(300)
      .describe('It is given back when it was neither committed nor released by then'),
  })
  .meta({ id: 'NewReservation' });

export const commitment = z
  .strictObject({
    amount: amount.optional().describe('What was used of it; all of it unless told. The rest is given back'),
  })
  .meta({ id: 'ReservationCommit' });

export const reservationStates = ['open', 'committed', 'released', 'expired'] as const;

export const reservation = z
  .object({
    id,
    tenant_id: id,
    feature: z.string(),
    amount: z.string(),
    state: z.enum(reservationStates),
    committed: z.string().nullable(),
    requested_by: z.string(),
    expires_at: instant,
    created_at: instant,
    ended_at: instant.nullable(),
  })
  .meta({ id: 'Reservation' });
export type Reservation = z.infer<typeof reservation>;
