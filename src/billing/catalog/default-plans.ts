import type { Component } from './component.js';
import { planVersion, type PlanVersion } from './plan.js';

const begin = '2026-01-01T00:00:00Z';

/** A trial of the plans that are paid without a contract, in days. */
const trialDays = 14;

/**
 * The plans that a new installation sells, in USD. A year is 12 months less 20 %: 12 x 10 x 0.8 = 96, 12 x 8 x 0.8 = 76.80.
 * Their quotas are unlimited until the operator says otherwise.
 */
export const defaultPlans: readonly PlanVersion[] = [
  plan('free', null, [['month', [base('free-month', '0')]]]),
  plan('starter', trialDays, [
    ['month', [base('starter-month', '10')]],
    ['year', [base('starter-year', '96')]],
  ]),
  plan('professional', trialDays, [
    ['month', [members('professional-month', '8')]],
    ['year', [members('professional-year', '76.80')]],
  ]),
  plan('enterprise', null, null),
];

type Offers = readonly (readonly ['month' | 'year', Component[]])[];

function plan(key: string, trial_days: number | null, offers: Offers | null): PlanVersion {
  return planVersion.parse({
    id: `${key}@1`,
    plan: key,
    effective_from: begin,
    trial_days,
    offers: offers?.map(([interval, components]) => ({ interval, currency: 'USD', components })) ?? null,
    features: {},
    quotas: { instances: null, members: null },
  });
}

function base(id: string, amount: string): Component {
  return recurring('base', id, { model: 'flat', amount }, { meter: null, unit: null });
}

/** Paid for by the second: whoever joins in the middle of a month pays for half of it. */
function members(id: string, unit_amount: string): Component {
  return recurring('members', id, { model: 'per_unit', unit_amount }, { meter: 'members', unit: 'member' });
}

function recurring(
  key: string,
  id: string,
  price: Component['versions'][number]['terms']['price'],
  counted: Pick<Component, 'meter' | 'unit'>,
): Component {
  const terms = { price, included_quantity: '0', minimum: null, maximum: null, commitment: null };
  const versions = [{ id: `${id}@1`, effective_from: begin, terms }];
  return { key, kind: 'recurring', ...counted, proration: 'per_second', versions };
}
