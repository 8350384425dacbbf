import type { Node } from '../kinds.js';
import type { Pod, PodSpec, Toleration } from '../pod-kinds.js';
import { fitsNode, requestsOf, tolerates } from './fit.js';

const metadata = { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function pod(spec: Partial<PodSpec>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec } };
}

function asking(name: string, cpu: string, restartPolicy?: string) {
  const more = restartPolicy === undefined ? {} : { restartPolicy };
  return { name, image: 'x', resources: { requests: { cpu } }, ...more };
}

describe('what a pod reserves', () => {
  const rows: [string, Partial<PodSpec>, number][] = [
    ['nothing', { containers: [{ name: 'a', image: 'x' }] }, 0],
    ['its containers together', { containers: [asking('a', '500m'), asking('b', '1')] }, 1.5],
    [
      'the largest init container when that is more',
      { containers: [asking('a', '1')], initContainers: [asking('i', '2')] },
      2,
    ],
    [
      'sidecars beside its containers',
      { containers: [asking('a', '1')], initContainers: [asking('i', '1', 'Always')] },
      2,
    ],
    [
      'its limit when it requests nothing',
      { containers: [{ name: 'a', image: 'x', resources: { limits: { cpu: '2' } } }] },
      2,
    ],
  ];
  it.each(rows)('%s', (_what, spec, cpu) => {
    expect(requestsOf(pod(spec))).toEqual({ cpu, memory: 0, pods: 1 });
  });
});

describe('a taint is put up with', () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  const rows: [string, Toleration[], boolean][] = [
    ['by nobody', [], false],
    ['by its key and value', [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }], true],
    ['not with another value', [{ key: 'gpu', value: 'no' }], false],
    ['by its key alone', [{ key: 'gpu', operator: 'Exists' }], true],
    ['by who puts up with everything', [{ operator: 'Exists' }], true],
    ['not for another effect', [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }], false],
  ];
  it.each(rows)('%s', (_who, tolerations, expected) => {
    expect(tolerates(tolerations, taint)).toBe(expected);
  });
});

describe('a node is accepted', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, labels: { zone: 'a', size: '3' } },
    spec: {},
  };
  const required = (nodeSelectorTerms: object[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const rows: [string, Partial<PodSpec>, boolean][] = [
    ['by who asks for nothing', {}, true],
    ['by its label', { nodeSelector: { zone: 'a' } }, true],
    ['not by another label', { nodeSelector: { zone: 'b' } }, false],
    [
      'by one of several terms',
      required([
        { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] },
        { matchExpressions: [{ key: 'size', operator: 'Gt', values: ['2'] }] },
      ]),
      true,
    ],
    ['by its name', required([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }]), true],
    [
      'not by another name',
      required([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['m'] }] }]),
      false,
    ],
    ['not by an empty term', required([{}]), false],
  ];
  it.each(rows)('%s', (_who, spec, expected) => {
    expect(fitsNode(pod(spec), node)).toBe(expected);
  });
});
