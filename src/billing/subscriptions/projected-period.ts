import { isBefore } from '../periods/instant.js';

interface Span {
  readonly from: string;
  readonly to: string | null;
}

interface Phase extends Span {
  readonly trial: boolean;
  readonly plan_version: string;
  readonly components: { readonly key: string }[];
}

interface Override extends Span {
  readonly id: string;
  readonly component: string;
  readonly terms: unknown;
}

/** A subscription as far as a period of it is rated from it. `phases` in their order; `ends_at` null: until further notice. */
export interface Projectable<P extends Phase, O extends Override> {
  readonly currency: string;
  readonly time_zone: string;
  readonly ends_at: string | null;
  readonly phases: readonly P[];
  readonly overrides: readonly O[];
}

/**
 * What `planSegments` and `ratePeriod` take of a period, not looked at yet: who cannot be rated shall say why there, and keep nobody else from it. Where the
 * subscription ends within the period, or before it, a last phase without components stands for the rest, so that shares are still of the whole period.
 * @param period half-open, RFC 3339 in UTC, not before the subscription began
 */
export function projectedPeriod<P extends Phase, O extends Override>(
  { currency, time_zone: zone, ends_at, phases, overrides }: Projectable<P, O>,
  period: { readonly from: string; readonly to: string },
) {
  const touching = phasesTo(phases, ends_at).filter((phase) => touches(phase, period));
  const sold = new Set(touching.flatMap(({ components }) => components.map(({ key }) => key)));
  return {
    currency,
    zone,
    period: { from: period.from, to: period.to },
    phases: touching,
    // An override of what is no longer sold is of no use.
    overrides: overrides.filter((given) => touches(given, period) && sold.has(given.component)),
  };
}

function phasesTo<P extends Phase>(phases: readonly P[], end: string | null): P[] {
  if (end === null) return [...phases];
  const sold = phases
    .filter(({ from }) => isBefore(from, end))
    .map((phase) => (phase.to === null || isBefore(end, phase.to) ? { ...phase, to: end } : phase));
  const last = sold.at(-1);
  return last === undefined ? [] : [...sold, { ...last, from: end, to: null, trial: false, components: [] }];
}

function touches({ from, to }: Span, period: { readonly from: string; readonly to: string }): boolean {
  return isBefore(from, period.to) && (to === null || isBefore(period.from, to));
}
