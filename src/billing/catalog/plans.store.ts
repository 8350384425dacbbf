import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { storedInstant } from '../periods/instant.js';
import { type Plan, plan, type PlanVersion } from './plan.js';
import type { Known } from './publication.js';

const planRow = plan.extend({ effective_from: storedInstant, created_at: storedInstant });

const publishOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('published'), plan: planRow }),
  z.object({ outcome: z.literal('number_taken'), version: z.int() }),
  z.object({ outcome: z.literal('feature_gone') }),
]);

const known = z.object({ meters: z.array(z.string()), features: z.record(z.string(), z.string()) });

/** Every query about plans. */
@Injectable()
export class PlansStore {
  constructor(private readonly database: Database) {}

  /** What of these there is. */
  async known(meters: readonly string[], features: readonly string[]): Promise<Known> {
    const args = { p_meters: [...new Set(meters)], p_features: [...new Set(features)] };
    return known.parse(await this.database.rpc('billing_catalog_known', args, { idempotent: true }));
  }

  async publish(
    version: PlanVersion & { readonly version: number },
    context: ChangeContext,
  ): Promise<z.infer<typeof publishOutcome>> {
    const args = { p_version: z.json().parse(version), p_context: { ...context } };
    return publishOutcome.parse(await this.database.rpc('billing_plan_publish', args));
  }

  /** The given version, or the newest. */
  async find(name: string, version: number | undefined): Promise<Plan | undefined> {
    const rows = await this.database.read((client) => {
      const query = client.from('billing_plan_versions').select('*').eq('plan', name);
      return (version === undefined ? query : query.eq('version', version))
        .order('version', { ascending: false })
        .limit(1);
    });
    return z.array(planRow).parse(rows)[0];
  }

  /** Every version of a plan, newest first; those of smaller numbers than the given one. */
  async listVersions(name: string, limit: number, before: number | undefined): Promise<Plan[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('billing_plan_versions').select('*').eq('plan', name);
      const rest = before === undefined ? query : query.lt('version', before);
      return rest.order('version', { ascending: false }).limit(limit);
    });
    return z.array(planRow).parse(rows);
  }

  /** The version that is sold at an instant. */
  async soldAt(name: string, at: string): Promise<Plan | undefined> {
    const rows = await this.database.read((client) =>
      client
        .from('billing_plan_versions')
        .select('*')
        .eq('plan', name)
        .lte('effective_from', at)
        .order('effective_from', { ascending: false })
        .order('version', { ascending: false })
        .limit(1),
    );
    return z.array(planRow).parse(rows)[0];
  }

  /** The newest version of each plan, by plan, after the given one. */
  async listNewest(limit: number, after: string | undefined): Promise<Plan[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('billing_newest_plans').select('*').order('plan').limit(limit);
      return after === undefined ? query : query.gt('plan', after);
    });
    return z.array(planRow).parse(rows);
  }
}
