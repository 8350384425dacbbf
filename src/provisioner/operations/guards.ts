import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { type Blueprint, resourcesOf } from '../blueprints/blueprint.js';

export const instanceLabel = 'tenantry.io/instance';

/** On a helm revision: the operation that wrote it, so that who goes on after a crash sees that it is written. */
export const operationLabel = 'tenantry.io/operation';

/** What the guards of an instance depend on. */
export interface GuardSubject {
  readonly instanceId: string;
  readonly tenantId: string;
  readonly namespace: string;
  readonly plan: string;
  readonly blueprint: Blueprint;
}

/** The Secret that holds an instance's secret values. */
export const secretName = 'tenantry-values';

/** The namespace itself, labelled as ours and with its Pod Security level. */
export function namespaceObject(subject: GuardSubject): KubernetesObject {
  const level = subject.blueprint.pod_security;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: subject.namespace,
      labels: {
        ...labels(subject),
        'tenantry.io/tenant': subject.tenantId,
        'pod-security.kubernetes.io/enforce': level,
        'pod-security.kubernetes.io/warn': level,
      },
    },
  };
}

/** What stands around the chart: what it may use, what a container gets that asks for nothing, whom its pods may talk to. */
export function guardObjects(subject: GuardSubject): KubernetesObject[] {
  return [quota(subject), limits(subject), isolation(subject)];
}

/** The secret values, by the names under which the chart's pods read them. */
export function secretObject(subject: GuardSubject, data: Readonly<Record<string, string>>): KubernetesObject {
  return {
    ...guard(subject, 'v1', 'Secret', secretName),
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

function quota(subject: GuardSubject): KubernetesObject {
  const { cpu, memory } = resourcesOf(subject.blueprint, subject.plan);
  const hard = { 'requests.cpu': cpu, 'requests.memory': memory, 'limits.cpu': cpu, 'limits.memory': memory };
  return { ...guard(subject, 'v1', 'ResourceQuota', 'tenantry'), spec: { hard } };
}

/** The quota counts limits, so a container without any must get some, or its pod would be refused. */
function limits(subject: GuardSubject): KubernetesObject {
  const container = {
    type: 'Container',
    default: { cpu: '100m', memory: '128Mi' },
    defaultRequest: { cpu: '50m', memory: '64Mi' },
  };
  return { ...guard(subject, 'v1', 'LimitRange', 'tenantry'), spec: { limits: [container] } };
}

/** Selects every pod for both directions, which denies whatever no rule allows. */
function isolation(subject: GuardSubject): KubernetesObject {
  const { ingress, egress } = subject.blueprint.network;
  const inside = { podSelector: {} };
  const dns = {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  return {
    ...guard(subject, 'networking.k8s.io/v1', 'NetworkPolicy', 'tenantry-isolation'),
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [inside] }, ...ingress],
      egress: [{ to: [inside] }, dns, ...egress],
    },
  };
}

function guard(subject: GuardSubject, apiVersion: string, kind: string, name: string): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace: subject.namespace, labels: labels(subject) } };
}

function labels(subject: GuardSubject): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'tenantry', [instanceLabel]: subject.instanceId };
}
