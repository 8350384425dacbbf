import { type JsonObject, listAt, valueAt, withValueAt } from './json.js';
import {
  apply,
  CONTAINERS,
  containerFields,
  deployment,
  EARLIER,
  fieldsOf,
  managersOf,
  refusal,
  setImage,
  update,
} from './testing/writing.js';
import { trackUpdate } from './track-update.js';

describe('a conflict', () => {
  it('with kubectl set image is worded as the API server words it', () => {
    const made = apply(undefined, deployment());
    const live = update(made, setImage(made, 'other:1'), 'kubectl-set');
    const error = refusal(() => apply(live, deployment({}, { image: 'a:2' })));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="app"].image',
    );
    expect(error.body()).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-set" using apps/v1',
            field: '.spec.template.spec.containers[name="app"].image',
          },
        ],
      },
    });
  });

  it('with several managers lists them in order with all their fields', () => {
    const made = apply(undefined, deployment({ replicas: 2, paused: true }));
    const live = update(
      update(made, withValueAt(setImage(made, 'b:1'), ['spec', 'paused'], undefined), 'kubectl-set'),
      withValueAt(withValueAt(setImage(made, 'b:1'), ['spec', 'paused'], undefined), ['spec', 'replicas'], 3),
      'kubectl',
      'scale',
    );
    const error = refusal(() => apply(live, deployment({ replicas: 4 }, { image: 'c:1' })));
    expect(error.message).toBe(
      [
        'Apply failed with 2 conflicts: conflicts with "kubectl" with subresource "scale" using apps/v1:',
        '- .spec.replicas',
        'conflicts with "kubectl-set" using apps/v1:',
        '- .spec.template.spec.containers[name="app"].image',
      ].join('\n'),
    );
  });

  it('with another applier names no version', () => {
    const made = apply(undefined, deployment({ replicas: 2 }), { manager: 'argocd' });
    const error = refusal(() => apply(made, deployment({ replicas: 3 })));
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "argocd": .spec.replicas');
  });

  it('is none when the value is the same', () => {
    const made = apply(undefined, deployment());
    const live = update(made, setImage(made, 'other:1'), 'kubectl-set');
    const shared = apply(live, deployment({}, { image: 'other:1' }));
    expect(containerFields(shared, 'helm')).toHaveProperty('f:image');
    expect(containerFields(shared, 'kubectl-set')).toEqual({ 'f:image': {} });
  });

  it('is none for replicas that kubectl scaled to zero: they come back silently', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    const stopped = update(made, withValueAt(made, ['spec', 'replicas'], 0), 'kubectl', 'scale');
    expect(managersOf(stopped)).toEqual(['helm']);
    expect(valueAt(fieldsOf(stopped, 'helm'), 'f:spec')).not.toHaveProperty('f:replicas');
    expect(valueAt(apply(stopped, deployment({ replicas: 2 })), 'spec', 'replicas')).toBe(2);
  });

  it('is one for replicas that kubectl scaled to another number', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    const scaled = update(made, withValueAt(made, ['spec', 'replicas'], 5), 'kubectl', 'scale');
    expect(refusal(() => apply(scaled, deployment({ replicas: 2 }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  it('that is forced leaves the applier as the only owner', () => {
    const made = apply(undefined, deployment());
    const live = update(made, setImage(made, 'other:1'), 'kubectl-set');
    const forced = apply(live, deployment({}, { image: 'a:2' }), { force: true });
    expect(managersOf(forced)).toEqual(['helm']);
    expect(listAt(forced, ...CONTAINERS)).toMatchObject([{ image: 'a:2' }]);
  });
});

describe('after kubectl apply on the client', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const configMap = (data: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cm' },
    data,
  });
  const written = (data: JsonObject): JsonObject => {
    const updated = withValueAt(
      configMap(data),
      ['metadata', 'annotations', annotation],
      JSON.stringify(configMap(data)),
    );
    const base = { apiVersion: 'v1', kind: 'ConfigMap', live: undefined, time: EARLIER };
    return withValueAt(
      trackUpdate({ ...base, updated, manager: 'kubectl-client-side-apply' }),
      ['metadata', 'uid'],
      'u',
    );
  };

  it('another manager conflicts with it', () => {
    const error = refusal(() => apply(written({ a: '1' }), configMap({ a: '2' }), { manager: 'cp' }));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.a',
    );
  });

  it('kubectl itself takes its fields over and keeps the annotation in step', () => {
    const taken = apply(written({ a: '1' }), configMap({ a: '2' }), { manager: 'kubectl' });
    expect(taken['data']).toEqual({ a: '2' });
    const kept = valueAt(taken, 'metadata', 'annotations', annotation);
    expect(JSON.parse(String(kept))).toEqual(configMap({ a: '2' }));
  });

  it('kubectl conflicts with what somebody changed since', () => {
    const live = written({ a: '1' });
    const changed = update(live, { ...live, data: { a: 'x' } }, 'kubectl-edit');
    expect(refusal(() => apply(changed, configMap({ a: '2' }), { manager: 'kubectl' })).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a',
    );
  });
});

describe('an object whose managers are unknown', () => {
  it('is taken as written by before-first-apply', () => {
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', uid: 'u' }, data: { a: '1', b: '2' } };
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { a: '1' } };
    const object = apply(live, applied);
    expect(object['data']).toEqual({ a: '1', b: '2' });
    expect(managersOf(object)).toEqual(['helm', 'before-first-apply']);
    expect(refusal(() => apply(live, { ...applied, data: { a: '9' } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    );
  });
});

describe('an apply is refused', () => {
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'a-backup', namespace: 'fm' },
    spec: { schedule: '* * * * *', concurrencyPolicyX: 'Allow' },
  };

  it('with a field that the kind does not have', () => {
    const error = refusal(() => apply(undefined, cronJob));
    expect(error.message).toBe(
      'failed to create typed patch object (fm/a-backup; batch/v1, Kind=CronJob): .spec.concurrencyPolicyX: field not declared in schema',
    );
    expect(error.code).toBe(500);
  });

  it('with a quantity that is none', () => {
    const error = refusal(() => apply(undefined, deployment({}, { resources: { limits: { cpu: 'much' } } })));
    expect(error.message).toBe(
      "failed to convert new typed object (fl/a; apps/v1, Kind=Deployment) to object: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });

  it('with managedFields in it', () => {
    const error = refusal(() => apply(undefined, withValueAt(deployment(), ['metadata', 'managedFields'], [])));
    expect(error.body()).toMatchObject({ code: 400, message: 'metadata.managedFields must be nil' });
  });

  it('with another kind than its path', () => {
    expect(refusal(() => apply(undefined, deployment(), { kind: 'Pod' })).code).toBe(400);
  });
});
