import { z } from 'zod';
import { itemsOf, memberOf, textOf, whateverElse } from '../../platform/http/faulty-input.js';
import { instant } from '../periods/instant.js';
import { proration } from '../periods/proration.js';
import { terms } from '../prices/price.js';

/** How components and plans are called. */
export const catalogKey = z
  .string()
  .regex(/^[a-z0-9]+(_[a-z0-9]+)*$/, 'must be lower-case letters and digits, with single underscores between')
  .max(63);

const maxVersions = 200;

const described = {
  key: catalogKey,
  kind: z.enum(['recurring', 'usage']),
  meter: catalogKey.nullable().default(null).describe('Null: once in each period'),
  unit: z.string().min(1).max(64).nullable().default(null),
  proration,
};

/** A price as it once was or will be; never edited, followed by the next. */
const priceVersion = z.strictObject({
  id: z.string().min(1).max(200),
  effective_from: instant,
  terms,
});
const newPriceVersion = z.strictObject({
  id: priceVersion.shape.id.optional().describe('Made of the plan, where left out'),
  effective_from: instant.optional().describe('When the plan does, where left out'),
  terms,
});

/**
 * What is sold under one name in a plan. `recurring`: what is had during a period, once or as often as the meter says; a part of the period
 * costs that part. `usage`: what happens; it costs what it costs, and a part of the period has that part of included quantity, minimum,
 * maximum and commitment.
 */
export const component = z
  .strictObject({ ...described, versions: z.array(priceVersion).min(1).max(maxVersions) })
  .superRefine(refuseContradictions, whateverElse)
  .meta({ id: 'PlanComponent' });
export type Component = z.infer<typeof component>;

/** The same as it is asked for: ids and times of its prices may be left out. */
export const newComponent = z
  .strictObject({ ...described, versions: z.array(newPriceVersion).min(1).max(maxVersions) })
  .superRefine(refuseContradictions, whateverElse)
  .meta({ id: 'NewPlanComponent' });
export type NewComponent = z.infer<typeof newComponent>;

/** @param given whatever was sent; of what cannot be read nothing is said */
function refuseContradictions(given: unknown, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  const meter = memberOf(given, 'meter') ?? null;
  if (textOf(given, 'kind') === 'usage' && meter === null) refuse(['meter'], 'must be given for usage');
  const ids = new Set<string>();
  const times = new Set<unknown>();
  for (const [index, version] of itemsOf(given, 'versions').entries()) {
    const [id, effective_from] = [textOf(version, 'id'), memberOf(version, 'effective_from')];
    if (textOf(memberOf(memberOf(version, 'terms'), 'price'), 'model') === 'flat' && meter !== null) {
      refuse(['versions', index, 'terms', 'price', 'model'], 'a flat price counts nothing: leave the meter out');
    }
    if (id !== undefined && ids.has(id)) refuse(['versions', index, 'id'], 'is the id of a version before');
    if (times.has(effective_from)) refuse(['versions', index, 'effective_from'], 'is when a version before begins');
    if (id !== undefined) ids.add(id);
    times.add(effective_from);
  }
}
