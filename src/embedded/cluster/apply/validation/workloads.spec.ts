import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const labels = { app: 'a' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
const own = { selector: { matchLabels: labels }, template };

const workload =
  (kind: string, base: JsonObject = {}) =>
  (spec: JsonObject): string[] =>
    faultsOf('apps/v1', kind, { spec: { ...own, ...base, ...spec } });
const deployment = workload('Deployment');
const statefulSet = workload('StatefulSet');
const daemonSet = workload('DaemonSet');

describe.each(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'])('a %s', (kind) => {
  const make = workload(kind);

  it('that is whole has no fault', () => {
    expect(make({})).toEqual([]);
  });

  it('needs a selector that selects something', () => {
    expect(make({ selector: undefined })).toEqual(['spec.selector: Required value']);
    expect(make({ selector: {} })).toEqual([
      expect.stringMatching(/^spec.selector: Invalid value: {}: empty selector is invalid for/),
    ]);
  });

  it('needs a template that its selector finds', () => {
    expect(make({ selector: { matchLabels: { app: 'b' } } })).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ]);
  });

  it('runs pods that always restart and never expire', () => {
    const spec = { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 };
    expect(make({ template: { ...template, spec } })).toEqual([
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ]);
  });

  it('has the faults of its pods, under the template', () => {
    const spec = { containers: [{ name: 'a' }], ephemeralContainers: [{}] };
    expect(make({ template: { metadata: { labels: { ...labels, 'a b': '' } }, spec } })).toEqual([
      expect.stringContaining('spec.template.labels: Invalid value: "a b"'),
      'spec.template.spec.containers[0].image: Required value',
      'spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
    ]);
  });
});

describe('a Deployment', () => {
  it.each([
    [{ replicas: -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [{ minReadySeconds: -1 }, 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    [
      { progressDeadlineSeconds: 5, minReadySeconds: 5 },
      'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
    ],
    [
      { strategy: { type: 'Slow' } },
      'spec.strategy.type: Unsupported value: "Slow": supported values: "Recreate", "RollingUpdate"',
    ],
    [
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: -1 } } },
      'spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { strategy: { rollingUpdate: { maxUnavailable: '150%' } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
    ],
    [
      { strategy: { rollingUpdate: { maxUnavailable: 'some' } } },
      expect.stringContaining('Invalid value: "some": a valid percent string'),
    ],
  ])('refuses %j', (spec, expected) => {
    expect(deployment(spec)).toEqual([expected]);
  });

  it('may surge beyond all', () => {
    expect(
      deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '200%', maxUnavailable: 0 } } }),
    ).toEqual([]);
  });
});

describe('a StatefulSet', () => {
  it('mounts its claims', () => {
    const spec = { containers: [{ name: 'a', image: 'a', volumeMounts: [{ name: 'data', mountPath: '/d' }] }] };
    const mounted = { template: { ...template, spec } };
    expect(statefulSet({ ...mounted, volumeClaimTemplates: [{ metadata: { name: 'data' } }] })).toEqual([]);
    expect(statefulSet(mounted)).toEqual(['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']);
  });

  it.each([
    [
      { podManagementPolicy: 'Random' },
      "spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      { updateStrategy: { type: 'Recreate' } },
      'spec.updateStrategy: Invalid value: {"type":"Recreate"}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
    [
      { updateStrategy: { type: 'OnDelete', rollingUpdate: {} } },
      "spec.updateStrategy.rollingUpdate: Invalid value: {}: only allowed for updateStrategy 'RollingUpdate'",
    ],
    [
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
    ],
    [{ ordinals: { start: -1 } }, 'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
  ])('refuses %j', (spec, expected) => {
    expect(statefulSet(spec)).toEqual([expected]);
  });
});

describe('a DaemonSet', () => {
  const rolling = (rollingUpdate: JsonObject): string[] =>
    daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

  it('either surges or is unavailable', () => {
    expect(rolling({ maxSurge: 0, maxUnavailable: 1 })).toEqual([]);
    expect(rolling({ maxSurge: 0, maxUnavailable: 0 })).toEqual([
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0 when maxSurge is 0',
    ]);
    expect(rolling({ maxSurge: 1, maxUnavailable: 1 })).toEqual([
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ]);
    expect(daemonSet({ updateStrategy: { type: 'Never' } })).toHaveLength(1);
  });
});
