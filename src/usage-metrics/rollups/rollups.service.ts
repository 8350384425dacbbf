import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { type CountedMeter, RollupsStore, type Verified } from './rollups.store.js';

/** Deltas of one statement: well within the time that hosted Supabase gives it. */
const deltasAtOnce = 2_000;

/** A meter of which something was compared. */
export interface VerifiedMeter extends Verified {
  readonly meter: CountedMeter;
}

/** Keeps the counts folded, and proves and repairs them. */
@Injectable()
export class Rollups {
  constructor(private readonly store: RollupsStore) {}

  /** Folds until nothing is left, or the signal aborts. @returns how many deltas were folded */
  async fold(signal?: AbortSignal): Promise<number> {
    let folded = 0;
    for (;;) {
      const step = await this.store.compact(deltasAtOnce, signal);
      folded += step.folded;
      const moved = step.folded + step.recomputed > 0;
      if (!step.more || !moved || signal?.aborted) return folded;
    }
  }

  /** Counts events that were there before their meters, until none is left or the signal aborts. */
  async backfill(signal?: AbortSignal): Promise<void> {
    while ((await this.store.backfill(signal)).more) if (signal?.aborted) return;
  }

  days(): Promise<string[]> {
    return this.store.days();
  }

  /**
   * Compares the counts of one day in UTC with its events, meter by meter.
   * @param slug of one meter; null: of all
   * @param tenantId of one tenant; null: of all
   */
  async verify(day: string, slug: string | null, tenantId: string | null): Promise<VerifiedMeter[]> {
    const found: VerifiedMeter[] = [];
    for (const meter of await this.store.meters(slug)) {
      found.push({ meter, ...(await this.store.verify(meter.id, day, tenantId)) });
    }
    return found;
  }

  /**
   * Makes the counts of one day in UTC anew where they differ from the events.
   * @returns what was different before, and is no more
   * @throws Error when counts that were made anew still differ, which is a fault of ours
   */
  async rebuild(
    day: string,
    slug: string | null,
    tenantId: string | null,
    context: ChangeContext,
  ): Promise<VerifiedMeter[]> {
    const repaired: VerifiedMeter[] = [];
    for (const meter of await this.store.meters(slug)) {
      const before = await this.store.verify(meter.id, day, tenantId);
      if (before.differences.length === 0) continue;
      await this.rebuildMeter(meter, day, tenantId, before, context);
      repaired.push({ meter, ...before });
    }
    return repaired;
  }

  /** Not all differences are told at once: it goes on until none is. */
  private async rebuildMeter(
    { id, slug }: CountedMeter,
    day: string,
    tenantId: string | null,
    first: Verified,
    context: ChangeContext,
  ): Promise<void> {
    const done = new Set<string>();
    for (let found = first; found.differences.length > 0; found = await this.store.verify(id, day, tenantId)) {
      for (const tenant of new Set(found.differences.map((each) => each.tenant_id))) {
        if (done.has(tenant)) throw new Error(`the counts of ${slug} on ${day} differ after they were made anew`);
        await this.store.rebuild(id, day, tenant, context);
        done.add(tenant);
      }
    }
  }
}
