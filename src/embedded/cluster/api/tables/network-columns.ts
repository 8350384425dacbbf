import { fieldsAt, itemsAt, numberAt, stringAt, stringsAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { AGE, labelText, NAME, text, wide, type Column } from './column.js';
import { selectorText } from './selector-text.js';

function portText(port: unknown): string {
  const number = numberAt(port, 'port') ?? '';
  const nodePort = numberAt(port, 'nodePort');
  const protocol = stringAt(port, 'protocol') ?? 'TCP';
  return nodePort === undefined ? `${number}/${protocol}` : `${number}:${nodePort}/${protocol}`;
}

function servicePorts(service: KubeObject): string {
  return itemsAt(service, 'spec', 'ports').map(portText).join(',') || '<none>';
}

function externalIp(service: KubeObject): string {
  const type = stringAt(service, 'spec', 'type');
  if (type === 'ExternalName') return stringAt(service, 'spec', 'externalName') ?? '<none>';
  if (type !== 'LoadBalancer') return itemsAt(service, 'spec', 'externalIPs').join(',') || '<none>';
  return addresses(service) || '<pending>';
}

function addresses(object: KubeObject): string {
  return itemsAt(object, 'status', 'loadBalancer', 'ingress')
    .map((entry) => stringAt(entry, 'ip') ?? stringAt(entry, 'hostname') ?? '')
    .join(',');
}

function hosts(ingress: KubeObject): string {
  const named = itemsAt(ingress, 'spec', 'rules').flatMap((rule) => stringAt(rule, 'host') ?? []);
  return named.join(',') || '*';
}

function endpoints(object: KubeObject): string {
  const all = itemsAt(object, 'subsets').flatMap((subset) =>
    itemsAt(subset, 'addresses').flatMap((address) =>
      itemsAt(subset, 'ports').map((port) => `${stringAt(address, 'ip')}:${numberAt(port, 'port')}`),
    ),
  );
  return all.length === 0 ? '<none>' : shortened(all);
}

function shortened(all: readonly string[]): string {
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

const ENDPOINT_SLICES: readonly Column[] = [
  NAME,
  text('AddressType', (object) => stringAt(object, 'addressType') ?? ''),
  text(
    'Ports',
    (object) => shortened(itemsAt(object, 'ports').map((port) => String(valueAt(port, 'port')))) || '<unset>',
  ),
  text(
    'Endpoints',
    (object) =>
      shortened(itemsAt(object, 'endpoints').flatMap((endpoint) => itemsAt(endpoint, 'addresses').map(String))) ||
      '<unset>',
  ),
  AGE,
];

/** Columns of services, ingresses and policies, by store key. */
export const NETWORK_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/services': [
    NAME,
    text('Type', (object) => stringAt(object, 'spec', 'type') ?? ''),
    text('Cluster-IP', (object) => stringAt(object, 'spec', 'clusterIP') || '<none>'),
    text('External-IP', externalIp),
    text('Port(s)', servicePorts),
    AGE,
    wide(text('Selector', (object) => labelText(stringsAt(object, 'spec', 'selector')))),
  ],
  '/endpoints': [NAME, text('Endpoints', endpoints), AGE],
  'discovery.k8s.io/endpointslices': ENDPOINT_SLICES,
  'networking.k8s.io/ingresses': [
    NAME,
    text('Class', (object) => stringAt(object, 'spec', 'ingressClassName') ?? '<none>'),
    text('Hosts', hosts),
    text('Address', addresses),
    text('Ports', (object) => (itemsAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  'networking.k8s.io/ingressclasses': [
    NAME,
    text('Controller', (object) => stringAt(object, 'spec', 'controller') ?? ''),
    text('Parameters', (object) => stringAt(fieldsAt(object, 'spec', 'parameters'), 'name') ?? '<none>'),
    AGE,
  ],
  'networking.k8s.io/networkpolicies': [
    NAME,
    text('Pod-Selector', (object) => selectorText(object, 'spec', 'podSelector')),
    AGE,
  ],
};
