import { isIP } from 'node:net';

import type { JsonObject } from '../json.js';
import { addInvalid, type Check, checkOneOf, itemsAt, partOf, textOf, textsOf } from './checks.js';
import { PROTOCOLS } from './container.js';
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired, type FieldFault } from './fault.js';
import { checkLabels } from './metadata.js';
import { dnsLabelFaults, portNameFaults, portNumberFaults, subdomainFaults } from './names.js';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const NODE_PORTS = { least: 30_000, most: 32_767 };

/** A Service. */
export const checkService: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  const type = textOf(spec, 'type');
  const ports = itemsAt(spec, 'ports', 'spec');
  if (ports.length === 0 && spec['clusterIP'] !== 'None' && type !== 'ExternalName') {
    faults.push(fieldRequired('spec.ports'));
  }
  if (type === 'ExternalName') checkExternalName(spec, faults);
  checkPorts(ports, type, faults);
  checkLabels(partOf(spec, 'selector'), 'spec.selector', faults);
  checkOneOf(spec, 'sessionAffinity', 'spec', faults, ['ClientIP', 'None']);
  checkOneOf(spec, 'type', 'spec', faults, TYPES);
  checkAddresses(spec, faults);
  checkTraffic(spec, type, faults);
};

function checkExternalName(spec: JsonObject, faults: FieldFault[]): void {
  const address = textOf(spec, 'clusterIP');
  if (address !== '') {
    const why = 'may not be set for ExternalName services';
    faults.push(fieldForbidden('spec.clusterIP', why));
  }
  const name = textOf(spec, 'externalName').replace(/\.$/, '');
  if (name === '') faults.push(fieldRequired('spec.externalName'));
  else addInvalid(faults, 'spec.externalName', name, subdomainFaults(name));
}

function checkPorts(ports: readonly { item: JsonObject; path: string }[], type: string, faults: FieldFault[]): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const { item, path } of ports) {
    checkPort(item, path, ports.length > 1, names, faults);
    checkNodePort(item, path, type, faults);
    const { protocol = 'TCP', port = 0 } = item;
    const number = `${String(protocol)} ${String(port)}`;
    // The API server prints its own form of the port, with the members that make it a duplicate.
    const value = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    if (numbers.has(number)) faults.push(fieldDuplicate(path, value));
    numbers.add(number);
  }
}

function checkPort(item: JsonObject, at: string, needsName: boolean, names: Set<string>, faults: FieldFault[]): void {
  const name = textOf(item, 'name');
  if (name === '' && needsName) faults.push(fieldRequired(`${at}.name`));
  if (name !== '') {
    addInvalid(faults, `${at}.name`, name, dnsLabelFaults(name));
    if (names.has(name)) faults.push(fieldDuplicate(`${at}.name`, name));
    names.add(name);
  }
  addInvalid(faults, `${at}.port`, item['port'] ?? 0, portNumberFaults(item['port']));
  checkOneOf(item, 'protocol', at, faults, PROTOCOLS);
  const target = item['targetPort'];
  if (typeof target === 'number') addInvalid(faults, `${at}.targetPort`, target, portNumberFaults(target));
  if (typeof target === 'string') addInvalid(faults, `${at}.targetPort`, target, portNameFaults(target));
}

function checkNodePort({ nodePort }: JsonObject, at: string, type: string, faults: FieldFault[]): void {
  if (typeof nodePort !== 'number' || nodePort === 0) return;
  if (type === 'ClusterIP') {
    faults.push(fieldForbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  } else if (nodePort < NODE_PORTS.least || nodePort > NODE_PORTS.most) {
    const range = `${NODE_PORTS.least}-${NODE_PORTS.most}`;
    const why = `provided port is not in the valid range. The range of valid ports is ${range}`;
    faults.push(fieldInvalid(`${at}.nodePort`, nodePort, why));
  }
}

function checkAddresses(spec: JsonObject, faults: FieldFault[]): void {
  const why = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  const address = textOf(spec, 'clusterIP');
  if (address !== '' && address !== 'None' && isIP(address) === 0) {
    faults.push(fieldInvalid('spec.clusterIPs[0]', address, why));
  }
  for (const [index, external] of textsOf(spec, 'externalIPs').entries()) {
    if (isIP(external) === 0) faults.push(fieldInvalid(`spec.externalIPs[${index}]`, external, why));
  }
}

function checkTraffic(spec: JsonObject, type: string, faults: FieldFault[]): void {
  const policies = ['Cluster', 'Local'];
  const external = spec['externalTrafficPolicy'];
  const reached = type === 'NodePort' || type === 'LoadBalancer' || textsOf(spec, 'externalIPs').length > 0;
  if (external !== undefined && !reached) {
    const why = 'may only be set for externally-accessible services';
    faults.push(fieldInvalid('spec.externalTrafficPolicy', external, why));
  } else checkOneOf(spec, 'externalTrafficPolicy', 'spec', faults, policies, 'optional');
  checkOneOf(spec, 'internalTrafficPolicy', 'spec', faults, policies, 'optional');
}
