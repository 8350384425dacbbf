import * as fc from 'fast-check';

import { StatusError } from '../store/status-error.js';
import { type FieldSet, hasPath, intersection, isEmptySet, isSubset, pathsOf } from './fields/field-set.js';
import { ownedByAnybody, type Owners, readOwners } from './fields/managers.js';
import { ownedFields } from './fields/owned-fields.js';
import { printPath } from './fields/path-element.js';
import { isObject, type JsonObject, sameJson, valueAt } from './json.js';
import { typeOf } from './schema.js';
import { applyServerSide } from './server-side-apply.js';
import { trackUpdate } from './track-update.js';

const API = { apiVersion: 'apps/v1', kind: 'Deployment' };
const TYPE = typeOf('apps/v1', 'Deployment');
const TIME = '2026-11-20T10:00:00Z';

const word = fc.constantFrom('a', 'b', 'c');
const labels = fc.dictionary(word, word, { maxKeys: 3 });

function named(more: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown[]> {
  return fc
    .dictionary(word, fc.record(more, { requiredKeys: [] }), { maxKeys: 3 })
    .map((items) => Object.entries(items).map(([name, item]) => ({ name, ...item })));
}

const container = {
  image: word,
  tty: fc.constant(true),
  args: fc.array(word, { maxLength: 2 }),
  env: named({ value: word }),
  resources: fc.record({
    limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
  }),
};
const podSpec = fc.record(
  {
    containers: named(container),
    nodeSelector: labels,
    hostname: word,
    tolerations: fc.array(fc.record({ key: word }), { maxLength: 2 }),
    volumes: named({ hostPath: fc.constant({ path: '/a' }) }),
  },
  { requiredKeys: [] },
);
const spec = fc.record(
  {
    replicas: fc.integer({ min: 1, max: 3 }),
    template: fc.record({ spec: podSpec }, { requiredKeys: [] }),
    paused: fc.constant(true),
  },
  { requiredKeys: [] },
);

/**
 * A configuration as somebody could apply it. Empty objects and lists are left out: the API server stores none, so that
 * who owns one conflicts with the next one who applies it.
 */
const configuration = fc
  .record(
    { labels, annotations: labels, finalizers: fc.uniqueArray(word, { maxLength: 2 }), spec },
    { requiredKeys: [] },
  )
  .map(({ spec: own, ...metadata }): Config => {
    const { metadata: kept, ...rest } = solid({ metadata, spec: own });
    return { ...API, metadata: { name: 'x', ...(isObject(kept) ? kept : {}) }, ...rest };
  });

type Config = JsonObject & { metadata: JsonObject };

function solid(object: JsonObject): JsonObject {
  const kept = Object.entries(object).map(([member, value]): [string, unknown] => [member, solidValue(value)]);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

function solidValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(solidValue);
  if (!isObject(value)) return value;
  const object = solid(value);
  return Object.keys(object).length === 0 ? undefined : object;
}

function apply(live: JsonObject | undefined, applied: JsonObject, manager: string, force = true): JsonObject {
  return applyServerSide({ ...API, live, applied, manager, force, time: TIME }).object;
}

/** The fields that keep another manager from applying without force. */
function conflicts(live: JsonObject, applied: JsonObject): (string | undefined)[] {
  try {
    apply(live, applied, 'b', false);
    return [];
  } catch (error) {
    if (error instanceof StatusError) return (error.details?.causes ?? []).map(({ field }) => field);
    throw error;
  }
}

function owners(object: JsonObject): Owners {
  return readOwners(valueAt(object, 'metadata', 'managedFields')) ?? new Map();
}

function fields(object: JsonObject, manager: string): FieldSet {
  return [...owners(object).values()].find((owner) => owner.manager === manager)?.fields ?? {};
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

function check<Inputs extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Inputs> | fc.IPropertyWithHooks<Inputs>,
): void {
  fc.assert(property, { numRuns: 200 });
}

const EMPTY: JsonObject = { ...API, metadata: { name: 'x' } };

describe('field ownership', () => {
  it('applying the same twice is a no-op', () => {
    check(
      fc.property(configuration, (config) => {
        const made = apply(undefined, config, 'a');
        const again = applyServerSide({
          ...API,
          live: made,
          applied: structuredClone(config),
          manager: 'a',
          force: false,
          time: 'later',
        });
        expect(again.changed).toBe(false);
        expect(again.object).toBe(made);
      }),
    );
  });

  it('an applier owns what it applied, and nothing else is owned', () => {
    check(
      fc.property(configuration, (config) => {
        const made = apply(undefined, config, 'a');
        const claimed = new Set([...pathsOf(ownedFields(TYPE, config))].map(String));
        for (const path of pathsOf(ownedByAnybody(owners(made)))) expect(claimed).toContain(String(path));
      }),
    );
  });

  it('applying something and then nothing removes exactly what only its applier owned', () => {
    check(
      fc.property(configuration, configuration, (kept, dropped) => {
        const first = apply(undefined, kept, 'keeper');
        const both = apply(first, dropped, 'other');
        const after = apply(both, EMPTY, 'other');
        expect(isEmptySet(fields(after, 'other'))).toBe(true);
        expect(isSubset(fields(after, 'keeper'), fields(both, 'keeper'))).toBe(true);
        expect(isSubset(fields(both, 'keeper'), fields(after, 'keeper'))).toBe(true);
        for (const path of pathsOf(fields(both, 'keeper'))) expect(at(after, path)).toBeDefined();
        for (const path of pathsOf(fields(both, 'other'))) {
          if (!hasPath(fields(both, 'keeper'), path) && isSetByApplying(path)) expect(at(after, path)).toBeUndefined();
        }
      }),
    );
  });

  it('managers conflict over exactly the fields that both apply with other values', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const shared = intersection(ownedFields(TYPE, one), ownedFields(TYPE, other));
        const disputed = fieldsOf(shared).filter((path) => !sameJson(at(one, path), at(other, path)));
        const made = apply(undefined, one, 'a');
        expect(new Set(conflicts(made, other))).toEqual(new Set(disputed.map(printPath)));
      }),
    );
  });

  it('managers of equal values never conflict and share them', () => {
    check(
      fc.property(configuration, (config) => {
        const made = apply(undefined, config, 'a');
        const shared = apply(made, config, 'b', false);
        expect(fields(shared, 'b')).toEqual(fields(shared, 'a'));
      }),
    );
  });

  it('force leaves exactly one owner of each field that it changed', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const made = apply(undefined, one, 'a');
        const taken = apply(made, other, 'b');
        const mine = fields(taken, 'b');
        for (const path of fieldsOf(intersection(mine, fields(taken, 'a')))) {
          expect(at(taken, path)).toEqual(at(made, path));
        }
      }),
    );
  });

  it('an update that writes the same values leaves every owner', () => {
    check(
      fc.property(configuration, (config) => {
        const made = apply(undefined, config, 'a');
        const updated = trackUpdate({
          ...API,
          live: made,
          updated: structuredClone(made),
          manager: 'u',
          time: 'later',
        });
        expect(updated).toEqual(made);
      }),
    );
  });

  it('an update takes over exactly what it changed', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const made = apply(undefined, one, 'a');
        const target = { ...apply(undefined, other, 'x'), metadata: other.metadata };
        const updated = trackUpdate({ ...API, live: made, updated: target, manager: 'u', time: TIME });
        expect(isEmptySet(intersection(fields(updated, 'a'), fields(updated, 'u')))).toBe(true);
        const kept = fields(updated, 'a');
        expect(isSubset(kept, fields(made, 'a'))).toBe(true);
        for (const path of fieldsOf(kept)) expect(at(updated, path)).toEqual(at(made, path));
      }),
    );
  });

  it('a field has an owner after a create, unless the server alone keeps it', () => {
    check(
      fc.property(configuration, (config) => {
        const made = apply(undefined, config, 'a');
        const created = trackUpdate({
          ...API,
          live: undefined,
          updated: { ...made, metadata: config.metadata },
          manager: 'u',
          time: TIME,
        });
        const owned = fields(created, 'u');
        for (const path of pathsOf(ownedFields(TYPE, { spec: made['spec'] }))) {
          expect(isSubset(pathSetOf(path), owned)).toBe(true);
        }
      }),
    );
  });

  it('what goes in is never changed', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const made = frozen(apply(undefined, frozen(one), 'a'));
        const taken = frozen(apply(made, frozen(other), 'b'));
        frozen(trackUpdate({ ...API, live: made, updated: taken, manager: 'u', time: TIME }));
        expect(() => apply(taken, EMPTY, 'b')).not.toThrow();
      }),
    );
  });
});

/** The fields of a set, without the items of lists: those are there or not, and have no value. */
function fieldsOf(set: FieldSet): string[][] {
  return [...pathsOf(set)].filter((path) => path.at(-1)?.startsWith('f:'));
}

function pathSetOf(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((below, step) => ({ [step]: below }), {});
}

/** What stands at a path; items of lists are found by their key or value. */
function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce((current, step) => {
    if (step.startsWith('f:')) return valueAt(current, step.slice(2));
    if (!Array.isArray(current)) return undefined;
    const wanted: unknown = JSON.parse(step.slice(2));
    const found: unknown = current.find((item) => item === wanted || (isObject(wanted) && hasKeys(item, wanted)));
    return found;
  }, object);
}

function hasKeys(item: unknown, keys: JsonObject): boolean {
  return Object.entries(keys).every(([key, value]) => valueAt(item, key) === value);
}

/** Replicas are there even when nobody applies them. */
function isSetByApplying(path: readonly string[]): boolean {
  return path.at(-1) !== 'f:replicas';
}
