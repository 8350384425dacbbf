import fc from 'fast-check';
import type { MeterSaid, Said } from './oracle.js';
import { day, daysAgo, quarter } from './usage-world.js';

export const dimensions = ['region', 'tier'] as const;
const kinds = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'] as const;
const plain = kinds.map((aggregation): MeterSaid => ({
  slug: aggregation.replace('_', '-'),
  type: 'used',
  aggregation,
  dimensions,
}));
const filtered: MeterSaid = {
  slug: 'sum-of-some',
  type: 'used',
  aggregation: 'sum',
  dimensions: ['region'],
  accepts: { tier: ['', `o'clock`] },
};
const unparted: MeterSaid = { slug: 'all', type: 'used', aggregation: 'time_weighted', dimensions: [] };
export const meters = [...plain, filtered, unparted];

const values = [
  '0',
  '-0',
  '1',
  '2.50',
  '-7.125',
  '0.00000000000000000000000000001',
  '123456789012345678901234567890.123456789',
  '"42.0"',
  '1e300',
  '-1e-300',
  null,
];
export const texts = ['eu', '', `o'clock`, '%s %I $1', '\\ " \u{1f600}', 'nu\tll'];

export const start = daysAgo(4);
export const span = 3 * day;

/** Moments that fall on bounds, and beside them, oftener than by chance. */
export const moment = fc
  .oneof(
    fc.integer({ min: 0, max: span - 1 }),
    fc
      .tuple(fc.integer({ min: 1, max: span / quarter - 1 }), fc.constantFrom(-1, 0, 1))
      .map(([n, off]) => n * quarter + off),
  )
  .map((at) => start + at);
const word = fc.option(fc.constantFrom(...texts), { nil: undefined });

export interface Draft extends Omit<Said, 'tenant'> {
  readonly of: number;
}

export const draft: fc.Arbitrary<Draft> = fc.record({
  of: fc.nat(2),
  source: fc.constantFrom('a', 'a-b'),
  id: fc.oneof(fc.constantFrom('c', 'b-c', `';--`), fc.uuid()),
  type: fc.constantFrom('used', 'used', 'used', 'used', 'other'),
  time: moment,
  value: fc.constantFrom(...values),
  user: word,
  region: word,
  tier: word,
});

/** The drafts of one tenant or more. */
export function saidBy(tenants: readonly string[], drafts: readonly Draft[]): Said[] {
  return drafts.map(({ of, ...said }) => ({ ...said, tenant: tenants[of % tenants.length] ?? '' }));
}
