import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired, pointerOf } from '../../platform/http/faults.js';
import { itemsOf, memberOf } from '../../platform/http/faulty-input.js';
import { membersMeter } from '../../usage-metrics/meters/built-in-meters.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { catalogKey, type Component, type NewComponent } from './component.js';
import { componentList, type NewPlan, newPlan, type PlanVersion, planVersion } from './plan.js';

/** What of the things that a body names there is. */
export interface Known {
  readonly meters: readonly string[];
  /** Kinds by slug. */
  readonly features: Readonly<Record<string, string>>;
}

// Reads what it can of a body with whatever faults, so that those of what it names are told beside them.
const named = z.string().optional().catch(undefined);
const componentsOutline = z.array(z.looseObject({ kind: named, meter: named }).catch({})).catch([]);
const recordOutline = z.record(z.string(), z.unknown()).catch({});
const planOutline = z
  .looseObject({
    plan: catalogKey.optional().catch(undefined),
    offers: z.array(z.looseObject({ components: componentsOutline }).catch({ components: [] })).catch([]),
    features: recordOutline,
    quotas: recordOutline,
  })
  .catch({ plan: undefined, offers: [], features: {}, quotas: {} });

type Path = readonly (string | number)[];
interface NamedComponent {
  readonly path: Path;
  readonly kind?: string | undefined;
  readonly meter?: string | undefined;
}

/** The plan, the meters and the features that a body names. */
export function namesIn(body: unknown): { plan: string | undefined; meters: string[]; features: string[] } {
  const { plan, offers, features, quotas } = planOutline.parse(body);
  const components = [...offers.flatMap((offer) => offer.components), ...componentsIn(body)];
  return {
    plan,
    meters: components.flatMap(({ meter }) => (meter === undefined ? [] : [meter])),
    features: [...Object.keys(features), ...Object.keys(quotas)],
  };
}

/** The components of a body that has them at its top: those of a contract. */
function componentsIn(body: unknown): z.infer<typeof componentsOutline> {
  return z.looseObject({ components: componentsOutline }).catch({ components: [] }).parse(body).components;
}

export type Publication =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly version: PlanVersion };

/**
 * @param number the version's, if nobody is faster
 * @returns every fault of the body of a publication, or the version that it would be
 */
export function judgePublication(body: unknown, known: Known, now: string, number: number): Publication {
  const parsed = newPlan.safeParse(body, { error: missingIsRequired });
  const faults = [...(parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues))];
  const outline = planOutline.parse(body);
  const components = outline.offers.flatMap((offer, index) =>
    offer.components.map((component, place) => ({ ...component, path: ['offers', index, 'components', place] })),
  );
  faults.push(...meterFaults(components, known), ...featureFaults(outline, known));
  const from = newPlan.shape.effective_from.safeParse(memberOf(body, 'effective_from'));
  const { effective_from = now } = { effective_from: from.data };
  if (isBefore(effective_from, now)) faults.push({ pointer: '/effective_from', message: 'must not be in the past' });
  if (from.success) {
    for (const [index, offer] of itemsOf(body, 'offers').entries()) {
      faults.push(...priceTimeFaults(itemsOf(offer, 'components'), ['offers', index, 'components'], effective_from));
    }
  }
  if (parsed.data === undefined || faults.length > 0) return { state: 'refused', faults };
  const version = versionOf({ ...parsed.data, effective_from }, number);
  return version.success
    ? { state: 'accepted', version: version.data }
    : { state: 'refused', faults: faultsOfIssues('body', version.error.issues) };
}

/** Of the components of a contract, whatever else is wrong with them. */
export function contractMeterFaults(body: unknown, known: Known): InputFault[] {
  const components = componentsIn(body).map((component, place) => ({ ...component, path: ['components', place] }));
  return meterFaults(components, known);
}

function meterFaults(components: readonly NamedComponent[], { meters }: Known): InputFault[] {
  return components.flatMap(({ path, kind, meter }) => {
    if (meter === undefined) return [];
    if (meter === membersMeter) {
      const pointer = pointerOf('body', [...path, 'kind']);
      return kind === 'usage' ? [{ pointer, message: 'members are had, not used: must be recurring' }] : [];
    }
    return meters.includes(meter) ? [] : [{ pointer: pointerOf('body', [...path, 'meter']), message: 'is no meter' }];
  });
}

const memberOfKind: Readonly<Record<string, string>> = { boolean: 'enabled', static: 'value', metered: 'limit' };

function noFeature(path: Path): InputFault {
  return { pointer: pointerOf('body', path), message: 'is no feature' };
}

function featureFaults({ features, quotas }: z.infer<typeof planOutline>, known: Known): InputFault[] {
  const kindOf = (slug: string): string | undefined =>
    Object.hasOwn(known.features, slug) ? known.features[slug] : undefined;
  return [
    ...Object.entries(features).flatMap(([slug, terms]): InputFault[] => {
      const kind = kindOf(slug);
      if (kind === undefined) return [noFeature(['features', slug])];
      const member = memberOfKind[kind] ?? '';
      if (typeof terms !== 'object' || terms === null || Object.hasOwn(terms, member)) return [];
      return [{ pointer: pointerOf('body', ['features', slug]), message: `is a ${kind} feature: must have ${member}` }];
    }),
    ...Object.keys(quotas).flatMap((slug): InputFault[] => {
      const kind = kindOf(slug);
      if (kind === undefined) return [noFeature(['quotas', slug])];
      const pointer = pointerOf('body', ['quotas', slug]);
      return kind === 'metered' ? [] : [{ pointer, message: `is a ${kind} feature: nothing of it is counted` }];
    }),
  ];
}

/**
 * Prices hold from the time on at which a plan is sold, and none before: nothing is ever sold without a price.
 * @param components whatever was sent; of what cannot be read nothing is said
 */
export function priceTimeFaults(components: readonly unknown[], path: Path, from: string): InputFault[] {
  return components.flatMap((component, place) => {
    const at = [...path, place, 'versions'];
    const times = itemsOf(component, 'versions').map((version) => {
      const sent = memberOf(version, 'effective_from');
      return sent === undefined ? from : instant.safeParse(sent).data;
    });
    const early = times.flatMap((time, index): InputFault[] =>
      time === undefined || !isBefore(time, from)
        ? []
        : [{ pointer: pointerOf('body', [...at, index, 'effective_from']), message: `must not be before ${from}` }],
    );
    const begins = times.length === 0 || times.some((time) => time === undefined || isAtOrAfter(from, time));
    const message = `must hold a price that takes effect at ${from}`;
    return begins ? early : [...early, { pointer: pointerOf('body', at), message }];
  });
}

/**
 * Gives prices the ids and times that were left out.
 * @param of what the ids begin with, such as `starter@2/month/USD`
 */
export function completedComponents(components: readonly NewComponent[], of: string, from: string): Component[] {
  return components.map((component) => ({
    ...component,
    versions: component.versions.map(({ id, effective_from = from, terms }, index) => ({
      id: id ?? `${of}/${component.key}/${index + 1}`,
      effective_from,
      terms,
    })),
  }));
}

/** What is wrong with a contract once it has the ids and times that were left out: they may be those of another price. */
export function completionFaults(components: readonly Component[]): InputFault[] {
  const { error } = z.object({ components: componentList }).safeParse({ components });
  return error === undefined ? [] : faultsOfIssues('body', error.issues);
}

/** The version of this number; it is refused where a time or an id that was left out is that of another price. */
function versionOf(
  plan: NewPlan & { readonly effective_from: string },
  version: number,
): z.ZodSafeParseResult<PlanVersion> {
  const id = `${plan.plan}@${version}`;
  const offers = plan.offers?.map((offer) => {
    const of = `${id}/${offer.interval}/${offer.currency}`;
    return { ...offer, components: completedComponents(offer.components, of, plan.effective_from) };
  });
  return planVersion.safeParse({ ...plan, id, offers: offers ?? null });
}
