import * as fc from 'fast-check';

import { StatusError } from '../store/status-error.js';
import { decodeObject, decodePatched } from './decode.js';
import { applyDefaults } from './defaults.js';
import { changeFaults } from './immutable.js';
import { isObject, type JsonObject, sameJson } from './json.js';
import { jsonPatch } from './patch/json-patch.js';
import { jsonMerge } from './patch/merge-patch.js';
import { strategicMerge } from './patch/strategic-merge.js';
import { typeOf } from './schema.js';
import { storedForm } from './schema/stored-form.js';
import type { TypeNode } from './schema/type-node.js';
import { applyServerSide } from './server-side-apply.js';
import { trackUpdate } from './track-update.js';
import { objectFaults } from './validate.js';

const KINDS = [
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'LimitRange'],
  ['v1', 'ResourceQuota'],
  ['v1', 'PersistentVolumeClaim'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['example.com/v1', 'Widget'],
] as const;

const kind = fc.constantFrom(...KINDS);
const TIME = '2026-11-20T10:00:00Z';

/** Objects of about the right shape, with now and then something else in the place of a value. */
function shaped(type: TypeNode | undefined, depth: number): fc.Arbitrary<unknown> {
  if (type === undefined || depth === 0) return anything;
  const right = rightShape(type, depth);
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: anything });
}

function rightShape(type: TypeNode, depth: number): fc.Arbitrary<unknown> {
  switch (type.is) {
    case 'any':
      return anything;
    case 'scalar':
      return fc.constantFrom<unknown>('a', 'A b', '', 1, 0, -1, 1.5, true, '500m', '10%', null);
    case 'list':
      return fc.array(fc.memo(() => shaped(type.element, depth - 1))(), { maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.constantFrom('a', 'b/c', 'cpu', ''), shaped(type.element, depth - 1), { maxKeys: 2 });
    case 'struct':
      break;
  }
  const names = [...type.fields.keys()];
  return fc
    .uniqueArray(fc.constantFrom(...names, 'unknown'), { maxLength: 5 })
    .chain((members) =>
      fc.record(Object.fromEntries(members.map((member) => [member, shaped(type.field(member)?.type, depth - 1)]))),
    );
}

const anything: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 });

const body = kind.chain(([apiVersion, name]) =>
  rightShape(typeOf(apiVersion, name), 5).map((object): Sample => {
    const own = isObject(object) ? object : {};
    return { apiVersion, kind: name, object: { ...own, apiVersion, kind: name, metadata: metadataOf(own) } };
  }),
);

interface Sample {
  apiVersion: string;
  kind: string;
  object: JsonObject;
}

function metadataOf({ metadata }: JsonObject): JsonObject {
  const { managedFields: _, ...rest } = isObject(metadata) ? metadata : {};
  return { ...rest, name: 'x' };
}

/** Runs to its end, or refuses in the words of the API server; any other error is a fault of ours. */
function settles<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

function check(property: fc.IPropertyWithHooks<[Sample]>): void {
  fc.assert(property, { numRuns: 400 });
}

describe('whatever a client sends', () => {
  it('is decoded, or refused', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const before = structuredClone(object);
        for (const validation of ['Strict', 'Warn', 'Ignore'] as const) {
          settles(() => decodeObject(apiVersion, name, object, validation));
          settles(() => decodePatched(apiVersion, name, object, {}, validation, 'strategic'));
        }
        expect(object).toEqual(before);
      }),
    );
  });

  it('once decoded, stays as it is when it is decoded again', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const decoded = settles(() => decodeObject(apiVersion, name, object, 'Ignore'));
        if (decoded === undefined) return;
        const again = decodeObject(apiVersion, name, decoded.object, 'Strict');
        expect(again.object).toEqual(decoded.object);
      }),
    );
  });

  it('gets its defaults once', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const decoded = settles(() => decodeObject(apiVersion, name, object, 'Ignore'));
        if (decoded === undefined) return;
        const defaulted = applyDefaults(apiVersion, name, decoded.object);
        expect(applyDefaults(apiVersion, name, defaulted)).toEqual(defaulted);
      }),
    );
  });

  it('has faults that can be listed, each with a path and a text', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const decoded = settles(() => decodeObject(apiVersion, name, object, 'Ignore'));
        if (decoded === undefined) return;
        const whole = applyDefaults(apiVersion, name, decoded.object);
        for (const { field, message } of objectFaults(apiVersion, name, whole)) {
          expect(field).not.toBe('');
          expect(message).not.toMatch(/undefined|\[object/);
        }
        expect(changeFaults(apiVersion, name, whole, structuredClone(whole))).toEqual([]);
      }),
    );
  });

  it('is applied, or refused, and is then the same when it is applied again', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const base = { apiVersion, kind: name, manager: 'm', force: false, time: TIME };
        const first = settles(() => applyServerSide({ ...base, live: undefined, applied: object }));
        if (first === undefined) return;
        const second = applyServerSide({ ...base, live: first.object, applied: object });
        expect(second.changed).toBe(false);
      }),
    );
  });

  it('is tracked, and the same again changes nothing', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const made = trackUpdate({
          apiVersion,
          kind: name,
          live: undefined,
          updated: object,
          manager: 'm',
          time: TIME,
        });
        const again = trackUpdate({ apiVersion, kind: name, live: made, updated: made, manager: 'n', time: TIME });
        expect(sameJson(again, made)).toBe(true);
      }),
    );
  });

  it('has a stored form that is final', () => {
    check(
      fc.property(body, ({ apiVersion, kind: name, object }) => {
        const type = typeOf(apiVersion, name);
        const stored = storedForm(type, object);
        expect(storedForm(type, stored)).toEqual(stored);
      }),
    );
  });
});

describe('whatever patch a client sends', () => {
  const pair = fc.tuple(body, body);

  it('is merged strategically, or refused', () => {
    fc.assert(
      fc.property(pair, anything, ([document, patch], odd) => {
        const { apiVersion, kind: name, object } = document;
        settles(() => strategicMerge(apiVersion, name, object, patch.object));
        settles(() => strategicMerge(apiVersion, name, object, { spec: odd, $patch: 'merge' }));
      }),
      { numRuns: 300 },
    );
  });

  it('merges into the patch itself where nothing was, nulls left out', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const patch: JsonObject = isObject(value) ? value : { value };
        const merged = jsonMerge({}, patch);
        expect(jsonMerge(merged, patch)).toEqual(merged);
        expect(JSON.stringify(merged)).not.toMatch(/^\{"[^"]*":null/);
      }),
    );
  });

  it('is applied as operations, or refused', () => {
    const path = fc.constantFrom('/a', '/a/0', '/a/-', '/b/c', '', 'x', '/~1', '/__proto__/x');
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'jump'),
        path: fc.oneof(path, anything),
        from: path,
        value: anything,
      },
      { requiredKeys: ['op'] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(operation, anything), { maxLength: 4 }), (patch) => {
        const document = { a: [1, 2], b: { c: 3 } };
        settles(() => jsonPatch(document, patch));
        expect(document).toEqual({ a: [1, 2], b: { c: 3 } });
      }),
      { numRuns: 500 },
    );
  });

  it('cannot reach the prototype of objects', () => {
    const hostile: unknown = JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    );
    const patch = isObject(hostile) ? hostile : {};
    jsonMerge({ a: {} }, patch);
    strategicMerge('v1', 'ConfigMap', { data: {} }, { data: patch });
    settles(() => jsonPatch({}, [{ op: 'add', path: '/__proto__/polluted', value: true }]));
    expect({}).not.toHaveProperty('polluted');
  });
});
