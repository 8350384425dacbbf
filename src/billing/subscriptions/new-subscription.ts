import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { memberOf } from '../../platform/http/faulty-input.js';
import { timeZone } from '../../platform/time-zone.js';
import type { Component } from '../catalog/component.js';
import { newComponentList, type Plan, planReference, splitReference } from '../catalog/plan.js';
import {
  completedComponents,
  completionFaults,
  contractMeterFaults,
  type Known,
  priceTimeFaults,
} from '../catalog/publication.js';
import { currencyCode } from '../money/currency.js';
import { billingInterval, billingPeriod, trialEnd } from '../periods/billing-period.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import type { PhaseRow, StoredSubscription } from './stored-subscription.js';

export const newSubscription = z
  .strictObject({
    plan: planReference,
    interval: billingInterval,
    currency: currencyCode.optional().describe('May be left out where the plan has prices in one alone'),
    time_zone: timeZone.optional().describe("The tenant's, where left out"),
    started_at: instant
      .optional()
      .describe(
        'Now, where left out. In the past, as far back as the version of the plan was sold, to bring in what was agreed elsewhere: every period since is billed.',
      ),
    trial_days: z.int().min(0).max(365).optional().describe("The plan's, where left out; 0: no trial"),
    trial_end: z
      .enum(['activate', 'suspend'])
      .default('activate')
      .describe('Whether the subscription is paid for after its trial, or stands still until it is activated'),
    components: newComponentList.optional().describe('What was agreed, for a plan that is sold by contract'),
  })
  .meta({ id: 'NewSubscription' });

const outline = z
  .looseObject({
    plan: planReference.optional().catch(undefined),
    started_at: instant.optional().catch(undefined),
  })
  .catch({});

/** Which version of which plan a body asks for, and at which time; undefined where it does not say so in any way that can be read. */
export function askedPlan(
  body: unknown,
  now: string,
): { name: string; version: number | undefined; at: string } | undefined {
  const { plan, started_at } = outline.parse(body);
  return plan === undefined ? undefined : { ...splitReference(plan), at: started_at ?? now };
}

/** What has to be known to judge what was sent. */
export interface Circumstances {
  /** The version that was asked for; undefined where there is none, or none was named. */
  readonly plan: Plan | undefined;
  readonly known: Known;
  readonly now: string;
}

export type Columns = Pick<
  StoredSubscription['subscription'],
  | 'status'
  | 'currency'
  | 'billing_interval'
  | 'time_zone'
  | 'anchor_at'
  | 'started_at'
  | 'trial_ends_at'
  | 'trial_end'
  | 'next_period_from'
  | 'next_period_to'
>;
export type NewPhase = Omit<PhaseRow, 'seq'>;

export type JudgedSubscription =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly columns: Columns; readonly phases: readonly NewPhase[] };

/** @returns every fault of what was sent, or what is to be written */
export function judgeSubscription(
  body: unknown,
  { plan, known, now }: Circumstances,
  tenantZone: string,
): JudgedSubscription {
  const parsed = newSubscription.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  const { plan: named, started_at } = outline.parse(body);
  const at = started_at ?? now;
  if (isBefore(now, at)) faults.push({ pointer: '/started_at', message: 'must not be in the future' });
  if (named !== undefined) faults.push(...planFaults(plan, at, started_at === undefined ? '/plan' : '/started_at'));
  faults.push(...contractMeterFaults(body, known));
  const interval = billingInterval.safeParse(memberOf(body, 'interval')).data;
  if (plan !== undefined) faults.push(...offerFaults(plan, body, { interval, currency: currencyIn(body) }, at));
  if (parsed.data === undefined || plan === undefined || faults.length > 0) return { state: 'refused', faults };
  const sold = componentsFor(plan, parsed.data, at);
  const unfit = completionFaults(sold.components);
  if (unfit.length > 0) return { state: 'refused', faults: unfit };
  const days = parsed.data.trial_days ?? plan.trial_days ?? 0;
  const columns = columnsOf(parsed.data, { at, now, days, currency: sold.currency, zone: tenantZone });
  return { state: 'accepted', columns, phases: phasesFrom(columns, at, plan.id, sold.components) };
}

interface Begun {
  readonly at: string;
  readonly now: string;
  /** Of its trial. */
  readonly days: number;
  readonly currency: string;
  /** The tenant's. */
  readonly zone: string;
}

function columnsOf(
  { interval, trial_end, time_zone }: z.infer<typeof newSubscription>,
  { at, now, days, currency, zone: tenantZone }: Begun,
): Columns {
  const zone = time_zone ?? tenantZone;
  const trial_ends_at = days === 0 ? null : trialEnd(at, days, zone);
  const trialing = trial_ends_at !== null && (trial_end === 'suspend' || isBefore(now, trial_ends_at));
  return {
    status: trialing ? 'trialing' : 'active',
    currency,
    billing_interval: interval,
    time_zone: zone,
    anchor_at: at,
    started_at: at,
    trial_ends_at,
    trial_end,
    // Not the period's own beginning: of a time that the clocks show twice that would be the first, which may be before.
    next_period_from: at,
    next_period_to: billingPeriod({ at, zone, interval }, 0).to,
  };
}

/** Whether a plan is there, and sold at a time. `pointer`: what the time hangs on. */
export function planFaults(plan: Plan | undefined, at: string, pointer: string): InputFault[] {
  if (plan === undefined) return [{ pointer: '/plan', message: `is no plan that is sold at ${at}` }];
  return isBefore(at, plan.effective_from)
    ? [{ pointer, message: `${plan.id} is sold from ${plan.effective_from} on` }]
    : [];
}

/** From a time on: what is left of the trial, free, and then what is paid for. Nothing is paid for while it waits to be activated. */
export function phasesFrom(
  { trial_ends_at: end, trial_end }: Pick<Columns, 'trial_ends_at' | 'trial_end'>,
  from: string,
  plan_version: string,
  components: Component[],
): NewPhase[] {
  if (end === null || isAtOrAfter(from, end)) {
    return [{ starts_at: from, ends_at: null, trial: false, plan_version, components }];
  }
  const after = trial_end === 'activate' ? components : [];
  return [
    { starts_at: from, ends_at: end, trial: true, plan_version, components },
    { starts_at: end, ends_at: null, trial: false, plan_version, components: after },
  ];
}

/** What is asked for of a plan; undefined where it was sent so that it cannot be read, and null where it was left out. */
interface Asked {
  readonly interval: z.infer<typeof billingInterval> | undefined;
  readonly currency: string | null | undefined;
}

function currencyIn(body: unknown): string | null | undefined {
  const currency = memberOf(body, 'currency');
  return currency === undefined ? null : currencyCode.safeParse(currency).data;
}

/** Why a plan is not sold as it is asked for, whatever else is wrong with the body. */
export function offerFaults(plan: Plan, body: unknown, { interval, currency }: Asked, at: string): InputFault[] {
  const components = memberOf(body, 'components');
  if (plan.offers === null) {
    const byContract = `is required: ${plan.id} is sold by contract`;
    return [
      ...(components === undefined ? [{ pointer: '/components', message: byContract }] : []),
      ...(currency === null ? [{ pointer: '/currency', message: byContract }] : []),
      ...priceTimeFaults(Array.isArray(components) ? components : [], ['components'], at),
    ];
  }
  const own = { pointer: '/components', message: `must be left out: ${plan.id} has prices of its own` };
  const faults = components === undefined ? [] : [own];
  if (interval === undefined) return faults;
  const byInterval = plan.offers.filter((offer) => offer.interval === interval);
  if (byInterval.length === 0) {
    return [...faults, { pointer: '/interval', message: `${plan.id} is not sold by the ${interval}` }];
  }
  if (currency === null && byInterval.length > 1) {
    const choice = byInterval.map((each) => each.currency).join(', ');
    return [...faults, { pointer: '/currency', message: `is required: ${plan.id} is sold in ${choice}` }];
  }
  if (typeof currency === 'string' && !byInterval.some((offer) => offer.currency === currency)) {
    return [...faults, { pointer: '/currency', message: `${plan.id} is not sold in it by the ${interval}` }];
  }
  return faults;
}

interface Wanted {
  readonly interval: z.infer<typeof billingInterval>;
  readonly currency?: string | undefined;
  readonly components?: z.infer<typeof newComponentList> | undefined;
}

interface Sold {
  readonly currency: string;
  readonly components: Component[];
}

/** What a plan comes to for one subscriber: what it is offered with, or what was agreed. `offerFaults` has found nothing. */
export function componentsFor(plan: Plan, { interval, currency, components = [] }: Wanted, at: string): Sold {
  if (plan.offers === null) {
    return { currency: currency ?? '', components: completedComponents(components, `${plan.id}/contract`, at) };
  }
  const offer = plan.offers.find(
    (each) => each.interval === interval && (currency === undefined || each.currency === currency),
  );
  return { currency: offer?.currency ?? '', components: offer?.components ?? [] };
}
