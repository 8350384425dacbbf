import { isIP } from 'node:net';

import { isObject, type JsonObject, listAt } from '../json.js';
import { addInvalid, type Check, checkOneOf, itemsAt, partOf, textOf, textsOf } from './checks.js';
import { PROTOCOLS } from './container.js';
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { checkSelector } from './metadata.js';
import { dns1035LabelFaults, portNameFaults, portNumberFaults, subdomainFaults, wildcardFaults } from './names.js';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

/** An Ingress. */
export const checkIngress: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  const rules = itemsAt(spec, 'rules', 'spec');
  const fallback = spec['defaultBackend'];
  if (rules.length === 0 && fallback === undefined) {
    const why = 'either `defaultBackend` or `rules` must be specified';
    faults.push(fieldInvalid('spec', null, why));
  }
  if (isObject(fallback)) checkBackend(fallback, 'spec.defaultBackend', faults);
  for (const { item, path } of rules) checkRule(item, path, faults);
  for (const { item, path } of itemsAt(spec, 'tls', 'spec')) {
    for (const [index, host] of textsOf(item, 'hosts').entries()) checkHost(host, `${path}.hosts[${index}]`, faults);
  }
  const className = textOf(spec, 'ingressClassName');
  if (className !== '') addInvalid(faults, 'spec.ingressClassName', className, subdomainFaults(className));
};

function checkHost(host: string, at: string, faults: FieldFault[]): void {
  if (isIP(host) !== 0) faults.push(fieldInvalid(at, host, 'must be a DNS name, not an IP address'));
  else addInvalid(faults, at, host, host.includes('*') ? wildcardFaults(host) : subdomainFaults(host));
}

function checkRule(rule: JsonObject, at: string, faults: FieldFault[]): void {
  const host = textOf(rule, 'host');
  if (host !== '') checkHost(host, `${at}.host`, faults);
  const { http } = rule;
  if (!isObject(http)) return;
  const paths = itemsAt(http, 'paths', `${at}.http`);
  if (paths.length === 0) faults.push(fieldRequired(`${at}.http.paths`));
  for (const { item, path } of paths) {
    checkPath(item, path, faults);
    checkBackend(partOf(item, 'backend'), `${path}.backend`, faults);
  }
}

function checkPath(item: JsonObject, at: string, faults: FieldFault[]): void {
  const { pathType } = item;
  const path = textOf(item, 'path');
  if (pathType === undefined) {
    faults.push(fieldRequired(`${at}.pathType`, 'pathType must be specified'));
  } else if (pathType === 'Exact' || pathType === 'Prefix') {
    checkPathText(path, `${at}.path`, faults);
  } else if (pathType !== 'ImplementationSpecific') {
    faults.push(fieldNotSupported(`${at}.pathType`, pathType, PATH_TYPES));
  } else if (path !== '' && !path.startsWith('/')) {
    faults.push(fieldInvalid(`${at}.path`, path, 'must be an absolute path'));
  }
}

function checkPathText(path: string, at: string, faults: FieldFault[]): void {
  if (!path.startsWith('/')) faults.push(fieldInvalid(at, path, 'must be an absolute path'));
  for (const bad of BAD_SEQUENCES) {
    if (path.includes(bad)) faults.push(fieldInvalid(at, path, `must not contain '${bad}'`));
  }
  for (const bad of BAD_ENDS) {
    if (path.endsWith(bad)) faults.push(fieldInvalid(at, path, `cannot end with '${bad}'`));
  }
}

function checkBackend(backend: JsonObject, at: string, faults: FieldFault[]): void {
  const { service, resource } = backend;
  if (isObject(service) && resource !== undefined) {
    faults.push(fieldInvalid(at, '', 'cannot set both resource and service backends'));
  } else if (isObject(service)) checkServiceBackend(service, at, faults);
  else if (resource === undefined) faults.push(fieldInvalid(at, '', 'resource or service backend is required'));
}

function checkServiceBackend(service: JsonObject, at: string, faults: FieldFault[]): void {
  const serviceName = textOf(service, 'name');
  if (serviceName === '') faults.push(fieldRequired(`${at}.service.name`));
  else addInvalid(faults, `${at}.service.name`, serviceName, dns1035LabelFaults(serviceName));
  const port = partOf(service, 'port');
  const name = textOf(port, 'name');
  const { number = 0 } = port;
  if (name !== '' && number !== 0) faults.push(fieldInvalid(at, '', 'cannot set both port name & port number'));
  else if (name !== '') addInvalid(faults, `${at}.service.port.name`, name, portNameFaults(name));
  else if (number !== 0) addInvalid(faults, `${at}.service.port.number`, number, portNumberFaults(number));
  else faults.push(fieldRequired(at, 'port name or number is required'));
}

/** A NetworkPolicy. */
export const checkNetworkPolicy: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkSelector(partOf(spec, 'podSelector'), 'spec.podSelector', faults);
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const { item, path } of itemsAt(spec, direction, 'spec')) {
      for (const port of itemsAt(item, 'ports', path)) checkPolicyPort(port.item, port.path, faults);
      for (const peer of itemsAt(item, peers, path)) checkPeer(peer.item, peer.path, faults);
    }
  }
  checkPolicyTypes(listAt(spec, 'policyTypes'), faults);
};

function checkPolicyPort(item: JsonObject, at: string, faults: FieldFault[]): void {
  checkOneOf(item, 'protocol', at, faults, PROTOCOLS, 'optional');
  const { port, endPort } = item;
  if (typeof port === 'number') addInvalid(faults, `${at}.port`, port, portNumberFaults(port));
  if (typeof port === 'string') addInvalid(faults, `${at}.port`, port, portNameFaults(port));
  if (endPort === undefined) return;
  if (typeof port !== 'number')
    faults.push(fieldRequired(`${at}.port`, 'must be specified when `endPort` is specified'));
  else if (typeof endPort === 'number' && endPort < port) {
    faults.push(fieldInvalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'));
  }
}

function checkPeer(peer: JsonObject, at: string, faults: FieldFault[]): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (isObject(podSelector)) checkSelector(podSelector, `${at}.podSelector`, faults);
  if (isObject(namespaceSelector)) checkSelector(namespaceSelector, `${at}.namespaceSelector`, faults);
  if (isObject(ipBlock)) checkBlock(ipBlock, `${at}.ipBlock`, faults);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) faults.push(fieldRequired(at, 'must specify a peer'));
  if (selects && ipBlock !== undefined) {
    faults.push(fieldForbidden(at, 'may not specify both ipBlock and another peer'));
  }
}

function checkBlock(block: JsonObject, at: string, faults: FieldFault[]): void {
  const cidr = textOf(block, 'cidr');
  if (cidr === '') faults.push(fieldRequired(`${at}.cidr`));
  else checkCidr(cidr, `${at}.cidr`, faults);
  for (const [index, except] of textsOf(block, 'except').entries()) checkCidr(except, `${at}.except[${index}]`, faults);
}

function checkCidr(text: string, at: string, faults: FieldFault[]): void {
  const [address = '', bits = '', ...more] = text.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  const valid = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most && more.length === 0;
  if (!valid) faults.push(fieldInvalid(at, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
}

function checkPolicyTypes(types: readonly unknown[], faults: FieldFault[]): void {
  if (types.length > 2) {
    faults.push(fieldInvalid('spec.policyTypes', types, 'may not specify more than two policyTypes'));
    return;
  }
  for (const [index, type] of types.entries()) {
    if (type === 'Ingress' || type === 'Egress') continue;
    faults.push(fieldNotSupported(`spec.policyTypes[${index}]`, type, ['Egress', 'Ingress']));
  }
}
