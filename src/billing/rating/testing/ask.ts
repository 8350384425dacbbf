import { ratePeriod, type RatedPeriod } from '../rate-period.js';

export const epoch = '2020-01-01T00:00:00Z';

export function version(price: unknown, more: object = {}, id = 'p1', effective_from = epoch): object {
  return { id, effective_from, terms: { price, ...more } };
}

export function recurring(versions: object[], more: object = {}): object {
  return { key: 'base', kind: 'recurring', proration: 'per_second', versions, ...more };
}

export function usage(versions: object[], more: object = {}): object {
  return { key: 'calls', kind: 'usage', meter: 'api_calls', unit: 'call', proration: 'none', versions, ...more };
}

/** What a case says beside March 2026 in UTC and USD. */
export interface Given {
  currency?: string;
  zone?: string;
  period?: object;
  phases?: object[];
  overrides?: object[];
  quantities?: object[];
}

/** March 2026 in UTC unless said otherwise. */
export function ask({ quantities = [], ...given }: Given): object {
  const period = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
  return { subscription: { currency: 'USD', zone: 'UTC', period, ...given }, quantities };
}

export function rate(given: Given): RatedPeriod {
  const rating = ratePeriod(ask(given));
  if (rating.state === 'refused') throw new Error(JSON.stringify(rating.faults));
  return rating.rated;
}

export function faults(given: Given): string[] {
  const rating = ratePeriod(ask(given));
  return rating.state === 'refused' ? rating.faults.map(({ pointer, message }) => `${pointer} ${message}`) : [];
}

export const always = (components: object[], more: object = {}): object => ({
  from: epoch,
  to: null,
  plan_version: 'plan@1',
  components,
  ...more,
});
export const month = { meter: 'api_calls', from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
