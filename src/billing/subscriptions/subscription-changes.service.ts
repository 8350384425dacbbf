import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import { assertIfMatch, etagOfVersion } from '../../platform/http/etag.js';
import { isAtOrAfter } from '../periods/instant.js';
import { PlansService } from '../catalog/plans.service.js';
import type { StoredSubscription } from './stored-subscription.js';
import { activation, askedMove, judgeMove, judgeOverride, periodEnd } from './subscription-change.js';
import { refusalOf, stale, subscriptionNotFound } from './subscriptions.errors.js';
import { type Change, type ChangeOutcome, SubscriptionsStore } from './subscriptions.store.js';

/** Which subscription is changed, what the caller has seen of it (the `If-Match` header), and who changes it. */
export interface Changing {
  readonly id: string;
  readonly ifMatch: string | undefined;
  readonly context: ChangeContext;
}

/** How often a change is worked out anew because another one came between. */
const maxAttempts = 5;

/**
 * What becomes of subscriptions. A change is worked out from what was read, and written only while that still holds. All of them throw
 * `subscription_not_found`, `subscription_ended`, `period_already_billed` and `precondition_failed`.
 */
@Injectable()
export class SubscriptionChanges {
  constructor(
    private readonly store: SubscriptionsStore,
    private readonly plans: PlansService,
    private readonly clock: Clock,
  ) {}

  /** @param body of the shape `move` @throws TenantryError `move_refused`, `interval_or_currency_fixed`, `trial_over` */
  move(changing: Changing, body: unknown): Promise<StoredSubscription> {
    return this.change(changing, async (change, stored) => {
      if (waits(stored, change.at)) {
        throw new TenantryError('conflict', 'trial_over', 'the subscription stands still after its trial: activate it');
      }
      const { at, plan: asked } = askedMove(body, stored, change.at);
      const { name, version } = asked ?? {};
      const found = version === undefined ? await this.soldAt(name, at) : await this.plans.find(name ?? '', version);
      const circumstances = { plan: found, known: await this.plans.known(body), now: change.at };
      const judged = judgeMove(body, stored, circumstances);
      if (judged.state === 'refused') throw refused(judged.code, 'the move has faults', judged.faults);
      return this.store.move(change, judged.from, judged.phases, false);
    });
  }

  /** Goes on after its trial, or will. @throws TenantryError `nothing_to_activate` */
  activate(changing: Changing): Promise<StoredSubscription> {
    return this.change(changing, (change, stored) => {
      const next = activation(stored, change.at);
      if (next === undefined) return Promise.resolve({ outcome: 'not_waiting' });
      return this.store.move(change, next.from, next.phases, true);
    });
  }

  cancel(changing: Changing, at: 'now' | 'period_end'): Promise<StoredSubscription> {
    return this.change(changing, (change, stored) =>
      this.store.end(change, at === 'now' ? change.at : periodEnd(stored, change.at)),
    );
  }

  /** Takes a cancellation back, as long as it is not over. */
  uncancel(changing: Changing): Promise<StoredSubscription> {
    return this.change(changing, (change) => this.store.end(change, null));
  }

  /** @param body of the shape `newOverride` @throws TenantryError `override_refused` */
  addOverride(changing: Changing, body: unknown): Promise<StoredSubscription> {
    return this.change(changing, (change, stored) => {
      const judged = judgeOverride(body, stored, change.at);
      if (judged.state === 'refused') throw refused('override_refused', 'the override has faults', judged.faults);
      return this.store.addOverride(change, judged.override);
    });
  }

  /** Ends it now; one that has not begun is taken back. @throws TenantryError `override_not_found` */
  endOverride(changing: Changing, overrideId: string): Promise<StoredSubscription> {
    return this.change(changing, (change) => this.store.endOverride(change, overrideId));
  }

  private async soldAt(name: string | undefined, at: string) {
    return name === undefined ? undefined : this.plans.soldAt(name, at);
  }

  private async change(
    { id, ifMatch, context }: Changing,
    make: (change: Change, stored: StoredSubscription) => Promise<ChangeOutcome>,
  ): Promise<StoredSubscription> {
    for (let attempt = 1; ; attempt += 1) {
      const [stored] = await this.store.read([id]);
      if (stored === undefined) throw subscriptionNotFound();
      const { row_version: rowVersion } = stored.subscription;
      assertIfMatch(ifMatch, etagOfVersion(rowVersion));
      const made = await make({ id, rowVersion, at: this.clock.now().toISOString(), context }, stored);
      if (made.outcome === 'changed') return made.subscription;
      if (made.outcome !== 'stale') throw refusalOf(made.outcome);
      if (attempt === maxAttempts) throw stale();
    }
  }
}

function waits({ subscription: row }: StoredSubscription, now: string): boolean {
  if (row.trial_end !== 'suspend' || row.trial_ends_at === null) return false;
  return isAtOrAfter(now, row.trial_ends_at);
}

function refused(code: string, message: string, faults: InputFault[]): TenantryError {
  return new TenantryError('unprocessable', code, message, { faults });
}
