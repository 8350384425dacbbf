import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { PlansService } from '../catalog/plans.service.js';
import { completedComponents } from '../catalog/publication.js';
import type { Invoice } from '../invoices/invoice.js';
import { InvoicesService } from '../invoices/invoices.service.js';
import { exact } from '../money/decimal.js';
import type { RatedPeriod } from '../rating/rate-period.js';
import { adjustmentsOf, LateBilling } from './late-billing.service.js';
import { PeriodBilling } from './period-billing.service.js';
import { holdingFrom, judgePreview, type NewPreview, type Preview, shownLines } from './preview.js';
import { PreviewsStore } from './previews.store.js';
import { totalOf } from './run-item.js';
import { periodOf, type SubscriptionState } from './subscription-state.js';
import { ForeseenAdjustments, type WaitingLine } from './waiting.js';
import { WritingStore } from './writing.store.js';

/** What invoices would be. Nothing is written. */
@Injectable()
export class PreviewsService {
  constructor(
    private readonly store: PreviewsStore,
    private readonly periods: PeriodBilling,
    private readonly late: LateBilling,
    private readonly writing: WritingStore,
    private readonly invoices: InvoicesService,
    private readonly plans: PlansService,
    private readonly tenants: TenantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * A subscription's next invoice as it would be with what was counted up to an instant; fees for the whole of the period.
   * @throws TenantryError `subscription_not_found`, `subscription_ended`, `not_ratable`
   */
  async next(subscriptionId: string, asOf = this.clock.now().toISOString()): Promise<Invoice> {
    const state = await this.store.state(subscriptionId);
    if (state === undefined)
      throw new TenantryError('not_found', 'subscription_not_found', 'there is no such subscription');
    if (state.invoice_id === null) {
      throw new TenantryError('conflict', 'subscription_ended', 'the subscription is billed to its end');
    }
    const { subscription } = state;
    const rated = await this.rated(subscription.tenant_id, periodOf(subscription), asOf);
    const gathering = await this.invoices.get(state.invoice_id, 'all');
    const waiting = await this.waitingFor(subscription);
    const withAdded = (amount: string): string => totalOf(exact(amount), waiting, rated.currency);
    const total = withAdded(rated.totals.total);
    return {
      ...gathering,
      zone_data_version: rated.zone_data_version,
      subtotal: withAdded(rated.totals.subtotal),
      rounding: rated.totals.rounding,
      total,
      amount_due: total,
      lines: shownLines(subscription.tenant_id, rated, waiting),
    };
  }

  /**
   * What these prices would have made of a tenant's usage.
   * @param body of the shape `newPreview`, which is judged here so that all of its faults are told at once
   * @throws TenantryError `preview_refused`, `tenant_not_found`, `plan_not_found`, `not_offered`, `not_ratable`
   */
  async of(body: unknown): Promise<Preview> {
    const judged = judgePreview(body, await this.plans.known(body));
    if (judged.state === 'refused') {
      throw new TenantryError('unprocessable', 'preview_refused', 'the preview has faults', { faults: judged.faults });
    }
    const { asked } = judged;
    const { from, to, currency } = asked;
    const tenant = await this.tenants.get(asked.tenant, 'all');
    const zone = asked.time_zone ?? tenant.time_zone;
    const phase = { from, to: null, trial: false, ...(await this.soldIn(asked)) };
    const rated = await this.rated(tenant.id, { currency, zone, period: { from, to }, phases: [phase], overrides: [] });
    return {
      tenant_id: tenant.id,
      period: { from, to },
      currency,
      time_zone: zone,
      zone_data_version: rated.zone_data_version,
      ...rated.totals,
      lines: shownLines(tenant.id, rated, []),
    };
  }

  /** What the next run would add to the invoice for earlier periods. */
  private async waitingFor(subscription: SubscriptionState): Promise<WaitingLine[]> {
    const tenants = [subscription.tenant_id];
    const foreseen = new ForeseenAdjustments();
    for await (const found of this.late.foresee({ tenants, runId: null })) {
      for (const [state, outcome] of found) {
        if (outcome.outcome !== 'rated') continue;
        foreseen.add(state, adjustmentsOf(state, outcome.differences.more), this.clock.now().toISOString());
      }
    }
    return foreseen.take(subscription, await this.writing.waiting(tenants)).map(({ line }) => line);
  }

  private async soldIn({ components, plan = '', version, interval, currency, from }: NewPreview): Promise<object> {
    if (components !== undefined) {
      const completed = completedComponents(components, 'preview', from);
      return { plan_version: 'preview', components: holdingFrom(completed, from) };
    }
    const found = version === undefined ? await this.plans.soldAt(plan, from) : await this.plans.find(plan, version);
    if (found === undefined)
      throw new TenantryError('not_found', 'plan_not_found', 'there is no such plan or version then');
    const offer = found.offers?.find((each) => each.interval === interval && each.currency === currency);
    if (offer !== undefined) return { plan_version: found.id, components: holdingFrom(offer.components, from) };
    throw new TenantryError('unprocessable', 'not_offered', `${found.id} is not offered by ${interval} in ${currency}`);
  }

  private async rated(tenantId: string, period: object, until?: string): Promise<RatedPeriod> {
    const [rating] = await this.periods.rate([{ tenantId, period }], until === undefined ? {} : { until });
    if (rating?.state === 'rated') return rating.rated;
    const { code, message } = rating?.failure ?? { code: 'not_ratable', message: 'nothing was rated' };
    throw new TenantryError('unprocessable', code, message);
  }
}
