import type { ObjectMeta } from '../../store/kube-object.js';
import type { Condition } from '../common-kinds.js';
import type { ControllerRevision, Deployment, Node, ReplicaSet, StatefulSet } from '../kinds.js';
import type { Pod, PodSpec, PodStatus } from '../pod-kinds.js';

/** Objects as a store would hold them, for tests of pure decisions. */

export function meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  return {
    name,
    namespace: 'ns',
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...more,
  };
}

export function pod(
  name: string,
  status: Partial<PodStatus> = {},
  more: Partial<ObjectMeta> = {},
  spec: Partial<PodSpec> = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, more),
    spec: { containers: [{ name: 'app', image: 'x/app:1' }], ...spec },
    status: { phase: 'Running', ...status },
  };
}

export function ready(since = '2026-01-01T00:00:00Z'): { phase: string; conditions: Condition[] } {
  return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] };
}

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'x/app:1' }] } };

export function deployment(spec: Partial<Deployment['spec']> = {}, status?: Deployment['status']): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web', { generation: 1 }),
    spec: { replicas: 1, selector: { matchLabels: labels }, template, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** A ReplicaSet of that size, with so many pods available. */
export function replicaSet(name: string, size: number, available = size, more: Partial<ObjectMeta> = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(name, { generation: 1, ...more }),
    spec: { replicas: size, selector: { matchLabels: labels }, template },
    status: { replicas: size, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

export function statefulSet(spec: Partial<StatefulSet['spec']> = {}, status?: StatefulSet['status']): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('db', { generation: 1 }),
    spec: { replicas: 3, selector: { matchLabels: labels }, template, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

export function revision(name: string, number: number): ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: meta(name),
    data: { spec: { template } },
    revision: number,
  };
}

export function node(name: string, spec: Node['spec'] = {}, nodeLabels: Record<string, string> = {}): Node {
  const { namespace: _none, ...metadata } = meta(name, { labels: nodeLabels });
  const allocatable = { cpu: '4', memory: '8Gi', pods: '10' };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status: { allocatable } };
}
