import { type JsonObject, listAt, objectAt, valueAt, withValueAt } from './json.js';
import { applyServerSide } from './server-side-apply.js';
import {
  apply,
  CONTAINERS,
  deployment,
  EARLIER,
  fieldsOf,
  firstContainer,
  LATER,
  ownersOf,
  update,
} from './testing/writing.js';

describe('applying a new object', () => {
  it('gives the applier what it applied and nobody the defaults', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    expect(objectAt(made, 'spec', 'strategy')).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    });
    expect(ownersOf(made)).toEqual([
      {
        manager: 'helm',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: EARLIER,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { 'f:app': {} } },
              'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
  });

  it('ignores a status in it', () => {
    const made = apply(undefined, { ...deployment(), status: { replicas: 9 } });
    expect(made['status']).toBeUndefined();
    expect(fieldsOf(made, 'helm')).not.toHaveProperty('f:status');
  });

  it('claims an explicit null and stores the default', () => {
    const made = apply(undefined, deployment({ replicas: null }));
    expect(valueAt(made, 'spec', 'replicas')).toBe(1);
    expect(valueAt(fieldsOf(made, 'helm'), 'f:spec', 'f:replicas')).toEqual({});
  });

  it('stores quantities and stringData in their stored form', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'x' } };
    expect(apply(undefined, secret)).toMatchObject({ type: 'Opaque', data: { a: 'eA==' } });
    const made = apply(undefined, deployment({}, { resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }));
    const container = firstContainer(made);
    expect(container['resources']).toEqual({ limits: { cpu: '500m', memory: '1Gi' } });
  });
});

describe('applying the same again', () => {
  it('changes nothing, not even the time', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    const again = applyServerSide({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      live: made,
      applied: deployment({ replicas: 2 }),
      manager: 'helm',
      force: false,
      time: LATER,
    });
    expect(again).toEqual({ object: made, changed: false });
    expect(again.object).toBe(made);
  });

  it('changes nothing for an atomic list that the server filled in', () => {
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        selector: { matchLabels: { app: 'db' } },
        template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db:1' }] } },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    };
    const made = apply(undefined, set);
    expect(apply(made, structuredClone(set), { time: LATER })).toBe(made);
  });

  it('by a second manager makes it a co-owner without a time', () => {
    const made = apply(undefined, deployment());
    const shared = apply(made, deployment(), { manager: 'argocd', time: LATER });
    expect(ownersOf(shared).map((owner) => [owner['manager'], owner['time']])).toEqual([
      ['argocd', undefined],
      ['helm', EARLIER],
    ]);
    expect(fieldsOf(shared, 'argocd')).toEqual(fieldsOf(shared, 'helm'));
  });
});

describe('applying a change', () => {
  it('dates the entry of its applier', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    const changed = apply(made, deployment({ replicas: 3 }), { time: LATER });
    expect(valueAt(changed, 'spec', 'replicas')).toBe(3);
    expect(ownersOf(changed)).toMatchObject([{ manager: 'helm', time: LATER }]);
  });

  it('takes out what is no longer applied and nobody else owns', () => {
    const made = apply(undefined, deployment({ minReadySeconds: 5 }, { env: [{ name: 'A', value: '1' }], tty: true }));
    const changed = apply(made, deployment());
    expect(valueAt(changed, 'spec', 'minReadySeconds')).toBeUndefined();
    const container = firstContainer(changed);
    expect(container).not.toHaveProperty('env');
    expect(container).not.toHaveProperty('tty');
    expect(container).toMatchObject({ image: 'a:1', imagePullPolicy: 'IfNotPresent' });
  });

  it('puts the default back where the applied value goes', () => {
    const made = apply(undefined, deployment({ replicas: 5 }));
    const changed = apply(made, deployment());
    expect(valueAt(changed, 'spec', 'replicas')).toBe(1);
  });

  it('takes a list item out together with the defaults in it', () => {
    const made = apply(undefined, deployment({}, { ports: [{ containerPort: 80 }, { containerPort: 81 }] }));
    const changed = apply(made, deployment({}, { ports: [{ containerPort: 81 }] }));
    const container = firstContainer(changed);
    expect(container['ports']).toEqual([{ containerPort: 81, protocol: 'TCP' }]);
  });

  it('leaves what another manager applied too', () => {
    const labels = (more: JsonObject): JsonObject => ({ ...deployment(), metadata: { name: 'a', labels: more } });
    const made = apply(undefined, labels({ app: 'a', team: 'x' }));
    const shared = apply(made, labels({ team: 'x' }), { manager: 'argocd' });
    const dropped = apply(shared, labels({ app: 'a' }));
    expect(objectAt(dropped, 'metadata', 'labels')).toEqual({ app: 'a', team: 'x' });
    expect(valueAt(fieldsOf(dropped, 'helm'), 'f:metadata', 'f:labels')).toEqual({ 'f:app': {} });
  });

  it('leaves a status and annotations that controllers wrote', () => {
    const made = apply(undefined, deployment());
    const running = update(made, { ...made, status: { replicas: 1 } }, 'kube-controller-manager', 'status');
    const annotated = update(running, withValueAt(running, ['metadata', 'annotations', 'rev'], '1'), 'controller');
    const changed = apply(annotated, deployment({ replicas: 4 }));
    expect(changed).toMatchObject({ status: { replicas: 1 }, metadata: { annotations: { rev: '1' } } });
  });

  it('keeps a container that was injected, in its place', () => {
    const made = apply(undefined, deployment());
    const sidecar = { name: 'proxy', image: 'p:1' };
    const injected = update(made, withValueAt(made, CONTAINERS, [sidecar, ...listAt(made, ...CONTAINERS)]), 'injector');
    const changed = apply(injected, deployment({}, { image: 'a:2' }));
    expect(listAt(changed, ...CONTAINERS)).toMatchObject([{ name: 'proxy' }, { name: 'app', image: 'a:2' }]);
  });
});

describe('applying a status', () => {
  it('owns the status alone and leaves the spec', () => {
    const made = apply(undefined, deployment({ replicas: 2 }));
    const status = { ...deployment({ replicas: 9 }), status: { replicas: 2 } };
    const object = apply(made, status, { manager: 'controller', subresource: 'status' });
    expect(object).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 } });
    const owner = ownersOf(object).find(({ manager }) => manager === 'controller');
    expect(owner?.['subresource']).toBe('status');
    expect(owner?.['fieldsV1']).toEqual({ 'f:status': { 'f:replicas': {} } });
  });
});
