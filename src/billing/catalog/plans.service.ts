import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { Plan } from './plan.js';
import { PlansStore } from './plans.store.js';
import { judgePublication, type Known, namesIn } from './publication.js';

/** What is sold. A published version never changes. */
@Injectable()
export class PlansService {
  constructor(
    private readonly store: PlansStore,
    private readonly clock: Clock,
  ) {}

  /**
   * @param body of the shape `newPlan`, which is judged here so that all of its faults are told at once
   * @throws TenantryError `plan_refused`
   */
  async publish(body: unknown, context: ChangeContext): Promise<Plan> {
    let number = await this.nextNumber(body);
    for (;;) {
      const judged = judgePublication(body, await this.known(body), this.clock.now().toISOString(), number);
      if (judged.state === 'refused') {
        throw new TenantryError('unprocessable', 'plan_refused', 'the plan has faults', { faults: judged.faults });
      }
      const published = await this.store.publish({ ...judged.version, version: number }, context);
      if (published.outcome === 'published') return published.plan;
      if (published.outcome === 'number_taken') number = published.version;
    }
  }

  private async nextNumber(body: unknown): Promise<number> {
    const { plan } = namesIn(body);
    const newest = plan === undefined ? undefined : await this.store.find(plan, undefined);
    return (newest?.version ?? 0) + 1;
  }

  /** Which of the meters and features that a body names there are. */
  known(body: unknown): Promise<Known> {
    const { meters, features } = namesIn(body);
    return this.store.known(meters, features);
  }

  /** @param version the newest where left out @throws TenantryError `plan_not_found` */
  async get(name: string, version: number | undefined): Promise<Plan> {
    const found = await this.store.find(name, version);
    if (found !== undefined) return found;
    throw planNotFound();
  }

  /**
   * Every version of a plan, newest first.
   * @param before only those of smaller numbers
   * @throws TenantryError `plan_not_found`
   */
  async versions(name: string, limit: number, before: number | undefined): Promise<Plan[]> {
    const versions = await this.store.listVersions(name, limit, before);
    if (versions.length === 0 && (await this.store.find(name, undefined)) === undefined) throw planNotFound();
    return versions;
  }

  find(name: string, version: number): Promise<Plan | undefined> {
    return this.store.find(name, version);
  }

  /** The version that is sold at an instant: of those in effect the one that took effect last. */
  soldAt(name: string, at: string): Promise<Plan | undefined> {
    return this.store.soldAt(name, at);
  }

  /** The newest version of each plan, by plan, after the given one. */
  list(limit: number, after: string | undefined): Promise<Plan[]> {
    return this.store.listNewest(limit, after);
  }
}

function planNotFound(): TenantryError {
  return new TenantryError('not_found', 'plan_not_found', 'there is no such plan or version');
}
