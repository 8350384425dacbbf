import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';

const counts = z.record(z.string(), z.number().int());

export const fleetCounts = z.object({
  instances: counts,
  operations: counts,
  drift: counts,
  queue: z.object({ depth: z.number().int(), oldest_seconds: z.number() }),
});
export type FleetCounts = z.infer<typeof fleetCounts>;

/** Every query of this room. */
@Injectable()
export class AdminStore {
  constructor(private readonly database: Database) {}

  async counts(): Promise<FleetCounts> {
    return fleetCounts.parse(await this.database.rpc('fleet_counts', {}, { idempotent: true }));
  }
}
