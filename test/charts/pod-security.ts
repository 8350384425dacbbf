import type { Container, PodSpec } from './manifest-pods.js';

const ALLOWED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const ALLOWED_PROFILES = new Set(['RuntimeDefault', 'Localhost']);

/** What Pod Security `restricted` would refuse in a pod, and, beyond it, a writable root filesystem. Empty: nothing. */
export function restrictedFaults(pod: PodSpec): string[] {
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  return [
    ...(['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((host) => pod[host] === true),
    ...(pod.securityContext?.runAsUser === 0 ? ['runAsUser is root'] : []),
    ...(pod.volumes ?? []).flatMap(volumeFaults),
    ...containers.flatMap((container) => containerFaults(pod, container).map((fault) => `${container.name}: ${fault}`)),
  ];
}

function volumeFaults(volume: Record<string, unknown>): string[] {
  return Object.keys(volume)
    .filter((key) => key !== 'name' && !ALLOWED_VOLUMES.has(key))
    .map((kind) => `volume ${String(volume['name'])}: ${kind}`);
}

function containerFaults(pod: PodSpec, container: Container): string[] {
  const own = container.securityContext ?? {};
  const profile = (own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type;
  const rules: Record<string, boolean> = {
    privileged: own.privileged === true,
    'allowPrivilegeEscalation is not false': own.allowPrivilegeEscalation !== false,
    'runAsNonRoot is not true': (own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true,
    'runAsUser is root': own.runAsUser === 0,
    'seccompProfile is open': profile === undefined || !ALLOWED_PROFILES.has(profile),
    'capabilities are not dropped': own.capabilities?.drop?.includes('ALL') !== true,
    'capabilities are added': (own.capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE'),
    'readOnlyRootFilesystem is not true': own.readOnlyRootFilesystem !== true,
  };
  return Object.keys(rules).filter((rule) => rules[rule] === true);
}
