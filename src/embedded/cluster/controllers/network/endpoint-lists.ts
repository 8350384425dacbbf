import type { Draft } from '../cluster-view.js';
import type { Service, ServicePort } from '../kinds.js';
import { controllerReference, isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished, isReady } from '../pods.js';
import { hasAll } from '../selectors.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SLICE_MANAGER = 'endpointslice-controller.k8s.io';
const ENDPOINTS_MANAGER = 'endpoints.kubernetes.io/managed-by';

/** Whether the pods behind a service are looked up: it has a selector and is no alias of a name elsewhere. */
export function selectsPods({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

/** The pods that a service leads to, or will when they are ready. */
export function podsBehind(service: Service, pods: readonly Pod[]): Pod[] {
  return pods.filter(
    (pod) => hasAll(service.spec.selector, pod.metadata.labels) && pod.status?.podIP !== undefined && !isFinished(pod),
  );
}

interface PortNumber {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** The ports as the pods offer them; a port by name is looked up in each pod. */
function portsOf(service: Service, pod: Pod | undefined): PortNumber[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = portNumber(port, pod);
    if (number === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = port;
    const named = name === undefined ? {} : { name };
    return [{ ...named, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function portNumber({ port, targetPort, protocol = 'TCP' }: ServicePort, pod: Pod | undefined): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort;
  if (targetPort === undefined || targetPort === '') return port;
  const offered = pod?.spec.containers.flatMap(({ ports = [] }) => ports) ?? [];
  return offered.find((one) => one.name === targetPort && (one.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The EndpointSlice of a service, without the name. `zoneOf` tells the zone of a node. */
export function sliceDraft(
  service: Service,
  pods: readonly Pod[],
  zoneOf: (node: string) => string | undefined,
): Draft {
  const { name, namespace, labels } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [SERVICE_LABEL]: name, [MANAGED_BY]: SLICE_MANAGER },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpointOf(service, pod, zoneOf)),
    ports: portsOf(service, pods[0]).map(({ name: port = '', ...rest }) => ({ name: port, ...rest })),
  };
}

function endpointOf(service: Service, pod: Pod, zoneOf: (node: string) => string | undefined) {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName = '' } = pod.spec;
  const zone = zoneOf(nodeName);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    nodeName,
    targetRef: referenceTo(pod),
    ...(zone === undefined ? {} : { zone }),
  };
}

function referenceTo({ metadata }: Pod) {
  const { name, namespace, uid } = metadata;
  return { kind: 'Pod', name, namespace, uid };
}

/** The Endpoints of a service, the older form of the same. */
export function endpointsDraft(service: Service, pods: readonly Pod[]): Draft {
  const { name, namespace, labels } = service.metadata;
  const staying = pods.filter((pod) => !isTerminating(pod));
  const isUp = (pod: Pod): boolean => service.spec.publishNotReadyAddresses === true || isReady(pod);
  const addresses = staying.filter(isUp).map(addressOf);
  const notReadyAddresses = staying.filter((pod) => !isUp(pod)).map(addressOf);
  const ports = portsOf(service, staying[0]);
  const subset = {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [ENDPOINTS_MANAGER]: 'endpoint-controller' },
    },
    ...(staying.length > 0 ? { subsets: [subset] } : {}),
  };
}

function addressOf(pod: Pod) {
  return { ip: pod.status?.podIP ?? '', nodeName: pod.spec.nodeName ?? '', targetRef: referenceTo(pod) };
}
