import type { Draft } from '../cluster-view.js';

/** What each node offers, as Kubernetes quantities. */
export interface NodeCapacity {
  cpu: string;
  memory: string;
  pods: string;
}

/** Room for a thousand instances on three nodes; real nodes are smaller, but nothing runs here. */
export const DEFAULT_CAPACITY: NodeCapacity = { cpu: '1024', memory: '4Ti', pods: '4000' };

const NODE_NAMES = ['embedded-1', 'embedded-2', 'embedded-3'] as const;

/** The nodes that pods are pretended to run on, ready since `now` (RFC 3339). */
export function nodeDrafts(capacity: NodeCapacity, now: string): Draft[] {
  return NODE_NAMES.map((name, i) => nodeDraft(name, i, capacity, now));
}

function nodeDraft(name: string, index: number, capacity: NodeCapacity, now: string): Draft {
  const resources = { ...capacity, 'ephemeral-storage': '1Ti', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'embedded',
        'topology.kubernetes.io/region': 'embedded',
        'topology.kubernetes.io/zone': `embedded-${'abc'[index]}`,
      },
      annotations: { 'embedded.tenantry.io/note': 'Simulated: no container runs on this node.' },
    },
    spec: {
      podCIDR: `10.${244 + index}.0.0/16`,
      podCIDRs: [`10.${244 + index}.0.0/16`],
      providerID: `embedded://${name}`,
    },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: nodeConditions(now),
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${index + 1}` },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: nodeInfo(name),
    },
  };
}

function nodeInfo(name: string): Record<string, string> {
  return {
    architecture: 'amd64',
    bootID: `embedded-${name}`,
    containerRuntimeVersion: 'embedded://simulated',
    kernelVersion: 'simulated',
    kubeProxyVersion: '',
    kubeletVersion: 'v1.34.0+embedded',
    machineID: `embedded-${name}`,
    operatingSystem: 'linux',
    osImage: 'Tenantry embedded cluster (simulated)',
    systemUUID: `embedded-${name}`,
  };
}

function nodeConditions(now: string) {
  const pressures = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ] as const;
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return [
    ...pressures.map(([type, reason, message]) => ({ type, status: 'False', reason, message, ...times })),
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...times },
  ];
}
