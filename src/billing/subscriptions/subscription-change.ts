import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { memberOf, textOf } from '../../platform/http/faulty-input.js';
import { newId } from '../../platform/ids.js';
import { catalogKey } from '../catalog/component.js';
import { newComponentList, type Plan, planReference, splitReference } from '../catalog/plan.js';
import { contractMeterFaults, type Known } from '../catalog/publication.js';
import { currencyCode } from '../money/currency.js';
import { billingInterval, billingPeriodAt } from '../periods/billing-period.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { terms } from '../prices/price.js';
import { subscriptionPeriod as ratingSubscription } from '../rating/rating-input.js';
import { componentsFor, type NewPhase, offerFaults, phasesFrom, planFaults } from './new-subscription.js';
import type { OverrideRow, StoredSubscription } from './stored-subscription.js';
import { subscriptionPeriod } from './subscription-period.js';

const when = z
  .union([z.enum(['now', 'period_end']), instant])
  .default('now')
  .describe('`now`, `period_end`, or a time that is not in the past');

export const move = z
  .strictObject({
    plan: planReference,
    at: when,
    interval: billingInterval.optional().describe("The subscription's own: another one is another subscription"),
    currency: currencyCode.optional().describe("The subscription's own: another one is another subscription"),
    components: newComponentList.optional().describe('What was agreed, for a plan that is sold by contract'),
  })
  .meta({ id: 'SubscriptionMove' });

export const newOverride = z
  .strictObject({
    component: catalogKey,
    terms,
    from: instant.optional().describe('Now, where left out; not in what was billed'),
    to: instant.nullable().default(null).describe('Null: until further notice'),
  })
  .meta({ id: 'NewSubscriptionOverride' });

/** Later than anything that is planned. */
const never = '9999-01-01T00:00:00Z';

/** When the period that holds an instant ends. The bounds of the next one to be billed are as they are stored. */
export function periodEnd({ subscription: row }: StoredSubscription, at: string): string {
  if (!isBefore(at, row.next_period_from) && isBefore(at, row.next_period_to)) return row.next_period_to;
  const anchor = { at: row.anchor_at, zone: row.time_zone, interval: row.billing_interval };
  return billingPeriodAt(anchor, at)?.to ?? row.next_period_to;
}

const moveOutline = z
  .looseObject({ plan: planReference.optional().catch(undefined), at: when.catch('now') })
  .catch({ at: 'now' });

/** Which version of which plan a body asks for, and when; without a plan where it says it in no way that can be read. */
export function askedMove(
  body: unknown,
  stored: StoredSubscription,
  now: string,
): { readonly at: string; readonly plan: ReturnType<typeof splitReference> | undefined } {
  const { plan, at } = moveOutline.parse(body);
  const time = at === 'now' ? now : at === 'period_end' ? periodEnd(stored, now) : at;
  return { at: time, plan: plan === undefined ? undefined : splitReference(plan) };
}

interface Circumstances {
  readonly plan: Plan | undefined;
  readonly known: Known;
  readonly now: string;
}

export type JudgedMove =
  | { readonly state: 'refused'; readonly code: string; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly from: string; readonly phases: readonly NewPhase[] };

/** @returns every fault of a move, or the phases that follow on it */
export function judgeMove(body: unknown, stored: StoredSubscription, { plan, known, now }: Circumstances): JudgedMove {
  const parsed = move.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  const asked = askedMove(body, stored, now);
  const { at: from } = asked;
  if (isBefore(from, now)) faults.push({ pointer: '/at', message: 'must not be in the past' });
  if (asked.plan !== undefined) faults.push(...planFaults(plan, from, '/plan'));
  faults.push(...contractMeterFaults(body, known));
  const { billing_interval: interval, currency } = stored.subscription;
  const others = (['interval', 'currency'] as const).filter((member) => {
    const is = { interval, currency }[member];
    return (textOf(body, member) ?? is) !== is;
  });
  const message = 'is that of the subscription: end it, and subscribe again';
  faults.push(...others.map((member) => ({ pointer: `/${member}`, message })));
  const code = others.length > 0 ? 'interval_or_currency_fixed' : 'move_refused';
  // Interval and currency are the subscription's: that the plan is not sold by them is a fault of the plan.
  const unfit = plan === undefined ? [] : offerFaults(plan, body, { interval, currency }, from);
  for (const { pointer, message: what } of unfit) {
    faults.push({ pointer: pointer === '/interval' || pointer === '/currency' ? '/plan' : pointer, message: what });
  }
  if (parsed.data === undefined || plan === undefined || faults.length > 0) return { state: 'refused', code, faults };
  const sold = componentsFor(plan, { interval, currency, components: parsed.data.components }, from);
  const phases = phasesFrom(stored.subscription, from, plan.id, sold.components);
  const clashes = overrideClashes({ ...stored, phases: phasesAfter(stored, from, phases) }, from);
  if (clashes.length > 0)
    return { state: 'refused', code, faults: clashes.map((what) => ({ pointer: '/plan', message: what })) };
  return { state: 'accepted', from, phases };
}

/** What stands still after its trial goes on with what was tried, from then on or from now on. */
export function activation(
  { subscription: row, phases }: StoredSubscription,
  now: string,
): { readonly from: string; readonly phases: readonly NewPhase[] } | undefined {
  const tried = phases.findLast(({ trial }) => trial);
  const end = row.trial_ends_at;
  if (tried === undefined || end === null) return undefined;
  const from = isBefore(now, end) ? end : now;
  const { plan_version, components } = tried;
  return { from, phases: [{ starts_at: from, ends_at: null, trial: false, plan_version, components }] };
}

export type JudgedOverride =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly override: OverrideRow };

/** @returns every fault of an override, or the override */
export function judgeOverride(body: unknown, stored: StoredSubscription, now: string): JudgedOverride {
  const parsed = newOverride.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  const { override, faults: others } = placedOverride(body, stored, now);
  faults.push(...others);
  return override === undefined || faults.length > 0 ? { state: 'refused', faults } : { state: 'accepted', override };
}

/** Stands for terms that cannot be read, so that what else of an override does not fit is told beside them. */
const anyTerms = terms.parse({ price: { model: 'per_unit', unit_amount: '0' } });

/** An override as far as it can be read, and why it cannot be where it is asked for, whatever else is wrong with the body. */
function placedOverride(
  body: unknown,
  stored: StoredSubscription,
  now: string,
): { readonly override?: OverrideRow; readonly faults: InputFault[] } {
  const { from: begin, to: end } = newOverride.shape;
  const [{ data: from = now, ...begins }, ends] = [
    begin.safeParse(memberOf(body, 'from')),
    end.safeParse(memberOf(body, 'to')),
  ];
  const since = stored.subscription.next_period_from;
  const early = { pointer: '/from', message: `must not be before ${since}: that was billed` };
  const faults = begins.success && isBefore(from, since) ? [early] : [];
  if (!begins.success || !ends.success) return { faults };
  const { data: to } = ends;
  if (to !== null && isAtOrAfter(from, to)) {
    return { faults: [...faults, { pointer: '/to', message: 'must be after the override begins' }] };
  }
  const component = catalogKey.safeParse(memberOf(body, 'component')).data;
  if (component === undefined) return { faults };
  const sold = stored.phases.some(({ starts_at, ends_at, components }) => {
    const meets = (to === null || isBefore(starts_at, to)) && (ends_at === null || isBefore(from, ends_at));
    return meets && components.some(({ key }) => key === component);
  });
  if (!sold)
    return { faults: [...faults, { pointer: '/component', message: 'is not sold to the tenant at that time' }] };
  const price = terms.safeParse(memberOf(body, 'terms')).data ?? anyTerms;
  const override: OverrideRow = { id: newId(), component, starts_at: from, ends_at: to, terms: price };
  const unfit = fitFaults({ ...stored, overrides: [...stored.overrides, override] }, override.id);
  return { override, faults: [...faults, ...unfit] };
}

/** What of an override would not fit what is sold, or the other overrides. */
function fitFaults(stored: StoredSubscription, id: string): InputFault[] {
  const whole = wholeOf(stored, stored.subscription.started_at);
  const index = whole.overrides.findIndex((override) => override.id === id);
  return (ratingSubscription.safeParse(whole).error?.issues ?? []).flatMap(({ path, message }) => {
    const [, place, ...rest] = path;
    return place === index ? [{ pointer: `/${rest.join('/')}`, message }] : [];
  });
}

function phasesAfter(
  { phases }: StoredSubscription,
  from: string,
  next: readonly NewPhase[],
): StoredSubscription['phases'] {
  const kept = phases
    .filter(({ starts_at }) => isBefore(starts_at, from))
    .map((phase) => (phase.ends_at === null || isBefore(from, phase.ends_at) ? { ...phase, ends_at: from } : phase));
  return [...kept, ...next.map((phase, index) => ({ ...phase, seq: kept.length + index }))];
}

/** What of the overrides would not fit what is sold from a time on. */
function overrideClashes(stored: StoredSubscription, from: string): string[] {
  const whole = wholeOf(stored, from);
  return (ratingSubscription.safeParse(whole).error?.issues ?? []).map(({ path, message }) => {
    const [, index] = path;
    const of = typeof index === 'number' ? whole.overrides[index]?.component : undefined;
    return `an override of ${of ?? 'the subscription'} does not fit: ${message}`;
  });
}

/** As one long period, so that what was planned is judged as the rating will judge it. */
function wholeOf(stored: StoredSubscription, from: string): ReturnType<typeof subscriptionPeriod> {
  const subscription = { ...stored.subscription, ends_at: null };
  return subscriptionPeriod({ ...stored, subscription }, { from, to: never });
}
