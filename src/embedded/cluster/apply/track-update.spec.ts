import { isObject, type JsonObject, valueAt, withValueAt } from './json.js';
import { apply, deployment, fieldsOf, LATER, managersOf, ownersOf, setImage, update } from './testing/writing.js';
import { trackUpdate } from './track-update.js';

const configMap = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'cm', ...metadata },
  data,
});

describe('creating an object', () => {
  it('gives its creator every field, defaults too, and new maps as a whole', () => {
    const made = update(undefined, configMap({ a: '1' }, { labels: { x: 'y' }, uid: 'u' }), 'kubectl-create');
    expect(ownersOf(made)).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'v1',
        time: LATER,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } },
      },
    ]);
  });

  it('gives nobody the structs that even an empty object has', () => {
    const applied = apply(undefined, deployment({ replicas: 1 }, { resources: { limits: { cpu: '1' } } }));
    const made = update(undefined, withValueAt(applied, ['metadata', 'managedFields'], undefined), 'kubectl-create');
    expect(fieldsOf(made, 'kubectl-create')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"app"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} } },
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    });
  });

  it('without a manager is by `unknown`', () => {
    expect(managersOf(update(undefined, configMap({ a: '1' }), ''))).toEqual(['unknown']);
  });

  it('of nothing but system metadata has no owner', () => {
    const made = update(undefined, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', uid: 'u' } }, 'k');
    expect(valueAt(made, 'metadata', 'managedFields')).toBeUndefined();
  });
});

describe('updating an object', () => {
  const made = update(undefined, configMap({ a: '1', b: '2' }, { uid: 'u' }), 'one');

  it('moves what changed to its writer', () => {
    const next = update(made, { ...made, data: { a: '1', b: '3' } }, 'two');
    expect(fieldsOf(next, 'one')).toEqual({ 'f:data': { '.': {}, 'f:a': {} } });
    expect(fieldsOf(next, 'two')).toEqual({ 'f:data': { 'f:b': {} } });
  });

  it('takes what went from its owners', () => {
    const next = update(made, { ...made, data: { a: '1' } }, 'two');
    expect(fieldsOf(next, 'one')).toEqual({ 'f:data': { '.': {}, 'f:a': {} } });
    expect(managersOf(next)).toEqual(['one']);
  });

  it('drops an owner who is left with nothing', () => {
    expect(managersOf(update(made, { ...made, data: { c: '3' } }, 'two'))).toEqual(['one', 'two']);
    const { data: _, ...empty } = made;
    expect(managersOf(update(made, empty, 'two'))).toEqual([]);
  });

  it('keeps one entry a manager, with the union of its fields and the later time', () => {
    const first = update(made, { ...made, data: { a: '1', b: '3' } }, 'two');
    const second = trackUpdate({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      live: first,
      updated: { ...first, data: { a: '9', b: '3' } },
      manager: 'two',
      time: '2026-11-20T12:00:00Z',
    });
    expect(ownersOf(second).find(({ manager }) => manager === 'two')).toMatchObject({
      time: '2026-11-20T12:00:00Z',
      fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
    });
  });

  it('with the same content keeps the very same list', () => {
    expect(update(made, made, 'two')).toBe(made);
    const copy = update(made, structuredClone(made), 'two');
    expect(copy).toEqual(made);
  });

  it('without managedFields in it keeps those that are there', () => {
    const next = update(made, configMap({ a: '1', b: '2' }, { uid: 'u' }), 'two');
    expect(ownersOf(next)).toEqual(ownersOf(made));
  });

  it('tells an update of the status from one of the object', () => {
    const live = apply(undefined, deployment());
    const next = update(live, { ...live, status: { replicas: 1 } }, 'kube-controller-manager', 'status');
    expect(ownersOf(next)).toMatchObject([
      { manager: 'helm', operation: 'Apply' },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' },
    ]);
    expect(fieldsOf(next, 'kube-controller-manager')).toEqual({ 'f:status': { 'f:replicas': {} } });
  });

  it('gives nobody a status that came with the object', () => {
    const live = apply(undefined, deployment());
    const next = update(live, { ...live, status: { replicas: 7 } }, 'kubectl-replace');
    expect(managersOf(next)).toEqual(['helm']);
  });

  it('keeps an applier as owner of a field set to the same value', () => {
    const live = apply(undefined, deployment({}, { image: 'a:1' }));
    expect(update(live, structuredClone(setImage(live, 'a:1')), 'kubectl-set')).toEqual(live);
  });
});

describe('scaling', () => {
  const live = withValueAt(apply(undefined, deployment({ replicas: 2 })), ['metadata', 'uid'], 'u');
  const scale = (replicas: number): JsonObject =>
    update(live, withValueAt(live, ['spec', 'replicas'], replicas), 'kubectl', 'scale');

  it('moves the replicas to the scaler, under the version of the scaled object', () => {
    expect(ownersOf(scale(5))).toMatchObject([
      { manager: 'helm' },
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'apps/v1',
        subresource: 'scale',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]);
  });

  it('to zero takes them from everybody', () => {
    expect(managersOf(scale(0))).toEqual(['helm']);
    expect(valueAt(fieldsOf(scale(0), 'helm'), 'f:spec', 'f:replicas')).toBeUndefined();
  });

  it('to the same number changes nothing', () => {
    expect(scale(2)).toEqual(live);
  });
});

describe('managedFields that a client sends', () => {
  const live = update(undefined, configMap({ a: '1' }, { uid: 'u' }), 'one');
  const send = (managedFields: unknown): JsonObject =>
    update(live, withValueAt(live, ['metadata', 'managedFields'], managedFields), 'editor');

  it.each([
    ['an empty list', []],
    ['a list with one empty entry', [{}]],
  ])('forget all owners by %s', (_what, managedFields) => {
    expect(ownersOf(send(managedFields))).toEqual([]);
  });

  it('replace those that are there', () => {
    const [owner] = ownersOf(live);
    expect(managersOf(send([{ ...owner, manager: 'renamed' }]))).toEqual(['renamed']);
  });

  it.each([
    ['without an operation', { operation: undefined }],
    ['without a version', { apiVersion: '' }],
    ['of another type', { fieldsType: 'FieldsV2' }],
  ])('are ignored when an entry is %s', (_what, fault) => {
    const [owner] = ownersOf(live);
    expect(ownersOf(send([{ ...owner, ...fault }]))).toEqual(ownersOf(live));
  });

  it('are ignored on a subresource', () => {
    const next = update(live, withValueAt(live, ['metadata', 'managedFields'], []), 'editor', 'status');
    expect(managersOf(next)).toEqual(['one']);
  });

  it('once forgotten are not kept again by updates, only by an apply', () => {
    const forgotten = send([]);
    const changed = update(forgotten, { ...forgotten, data: { a: '2' } }, 'two');
    expect(ownersOf(changed)).toEqual([]);
    expect(managersOf(apply(changed, configMap({ a: '2' })))).toEqual(['helm', 'before-first-apply']);
  });
});

describe('many updaters', () => {
  it('are told apart up to ten, the oldest become one', () => {
    let object = update(undefined, configMap({ all: '0' }, { uid: 'u' }), 'creator');
    for (let index = 0; index < 14; index += 1) {
      object = trackUpdate({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        live: object,
        updated: { ...object, data: { ...(isObject(object['data']) ? object['data'] : {}), [`k${index}`]: '1' } },
        manager: `m${index}`,
        time: `2026-11-21T10:00:${String(index).padStart(2, '0')}Z`,
      });
    }
    const names = managersOf(object);
    expect(names).toHaveLength(10);
    expect(names[0]).toBe('ancient-changes');
    expect(names.at(-1)).toBe('m13');
    expect(fieldsOf(object, 'ancient-changes')).toMatchObject({ 'f:data': { 'f:all': {}, 'f:k0': {}, 'f:k4': {} } });
  });
});
