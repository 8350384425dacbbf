import type { Component } from '../catalog/component.js';
import type { Terms } from '../prices/price.js';
import { compareInstants, isBefore } from '../periods/instant.js';
import type { SubscriptionPeriod } from './rating-input.js';

/** A part of the period in which one component has one price. Half-open. */
export interface Segment {
  readonly component: string;
  readonly kind: Component['kind'];
  readonly meter: string | null;
  readonly unit: string | null;
  readonly proration: Component['proration'];
  readonly trial: boolean;
  readonly from: string;
  readonly to: string;
  readonly price_version: string;
  readonly terms: Terms;
}

/** A time at which a component is sold, and has no price. */
export interface Unpriced {
  readonly component: string;
  readonly from: string;
}

/**
 * Cuts a period where the price of a component changes: by a phase, a version that takes effect, an override. A change that leaves a component
 * as it was does not cut it. Segments of a component adjoin, and tile the part of the period in which it is sold.
 */
export function segmentsOf(input: SubscriptionPeriod): { segments: Segment[]; unpriced: Unpriced[] } {
  const keys = new Set(input.phases.flatMap(({ components }) => components.map(({ key }) => key)));
  const segments: Segment[] = [];
  const unpriced: Unpriced[] = [];
  for (const key of keys) {
    const bounds = boundsOf(input, key);
    for (const [index, from] of bounds.entries()) {
      const to = bounds[index + 1];
      if (to === undefined) break;
      const segment = segmentAt(input, key, { from, to });
      if (segment === 'unpriced') unpriced.push({ component: key, from });
      else if (segment !== undefined) extend(segments, segment);
    }
  }
  return { segments, unpriced };
}

function boundsOf({ period, phases, overrides }: SubscriptionPeriod, key: string): string[] {
  const changes = [
    ...phases.flatMap(({ from, components }) => [
      from,
      ...components.flatMap((sold) => (sold.key === key ? sold.versions.map((version) => version.effective_from) : [])),
    ]),
    ...overrides.flatMap(({ component, from, to }) => (component === key ? [from, to ?? from] : [])),
  ].filter((at) => isBefore(period.from, at) && isBefore(at, period.to));
  const bounds = new Set([period.from, ...changes, period.to]);
  return [...bounds].sort(compareInstants);
}

function segmentAt(
  { phases, overrides }: SubscriptionPeriod,
  key: string,
  span: { from: string; to: string },
): Segment | 'unpriced' | undefined {
  const phase = phases.find((candidate) => holds(candidate, span.from));
  const sold = phase?.components.find((candidate) => candidate.key === key);
  if (phase === undefined || sold === undefined) return undefined;
  const override = overrides.find((candidate) => candidate.component === key && holds(candidate, span.from));
  const version = override ?? versionAt(sold, span.from);
  if (version === undefined) return 'unpriced';
  const { kind, meter, unit, proration } = sold;
  const price = { price_version: version.id, terms: version.terms };
  return { component: key, kind, meter, unit, proration, trial: phase.trial, ...span, ...price };
}

function versionAt({ versions }: Component, at: string): Component['versions'][number] | undefined {
  return versions
    .filter(({ effective_from }) => !isBefore(at, effective_from))
    .sort((a, b) => compareInstants(b.effective_from, a.effective_from))
    .at(0);
}

/** Adds a segment, or makes the last one longer when nothing changed between the two. */
function extend(segments: Segment[], next: Segment): void {
  const last = segments.at(-1);
  if (last !== undefined && last.to === next.from && isSame(last, next)) {
    segments.splice(-1, 1, { ...last, to: next.to });
  } else {
    segments.push(next);
  }
}

function isSame(a: Segment, b: Segment): boolean {
  return JSON.stringify({ ...a, from: '', to: '' }) === JSON.stringify({ ...b, from: '', to: '' });
}

function holds({ from, to }: { from: string; to: string | null }, at: string): boolean {
  return !isBefore(at, from) && (to === null || isBefore(at, to));
}
