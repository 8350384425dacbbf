import { isObject, type JsonObject } from '../json.js';
import { addInvalid, checkOneOf, itemsAt, partOf, textOf } from './checks.js';
import { checkEnvironment } from './environment.js';
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldRequired,
  type FieldFault,
} from './fault.js';
import { dnsLabelFaults, portNameFaults, portNumberFaults } from './names.js';
import { checkProbes } from './probes.js';
import { checkContainerResources } from './resources.js';
import { checkLocalPath } from './volumes.js';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];

/** Containers of a pod and its init containers; no two share a name, and they mount volumes that there are. */
export function checkContainers(
  spec: JsonObject,
  at: string,
  volumes: ReadonlySet<string>,
  faults: FieldFault[],
): void {
  const containers = itemsAt(spec, 'containers', at);
  if (containers.length === 0) faults.push(fieldRequired(`${at}.containers`));
  const names = new Set<string>();
  for (const { item, path } of containers) checkContainer(item, path, volumes, names, faults);
  for (const { item, path } of itemsAt(spec, 'initContainers', at)) {
    checkContainer(item, path, volumes, names, faults);
    checkInitOnly(item, path, faults);
  }
}

function checkContainer(
  container: JsonObject,
  at: string,
  volumes: ReadonlySet<string>,
  names: Set<string>,
  faults: FieldFault[],
): void {
  const name = textOf(container, 'name');
  if (name === '') faults.push(fieldRequired(`${at}.name`));
  else addInvalid(faults, `${at}.name`, name, dnsLabelFaults(name));
  if (name !== '' && names.has(name)) faults.push(fieldDuplicate(`${at}.name`, name));
  names.add(name);
  checkImage(container, at, faults);
  checkOneOf(container, 'terminationMessagePolicy', at, faults, MESSAGE_POLICIES, 'optional');
  checkPorts(container, at, faults);
  checkEnvironment(container, at, faults);
  checkMounts(container, at, volumes, faults);
  checkProbes(container, at, faults);
  checkOneOf(container, 'imagePullPolicy', at, faults, PULL_POLICIES, 'optional');
  checkContainerResources(partOf(container, 'resources'), `${at}.resources`, faults);
  checkPrivileges(partOf(container, 'securityContext'), `${at}.securityContext`, faults);
}

function checkImage(container: JsonObject, at: string, faults: FieldFault[]): void {
  const image = textOf(container, 'image');
  if (image === '') faults.push(fieldRequired(`${at}.image`));
  else if (image.trim() !== image) {
    faults.push(fieldInvalid(`${at}.image`, image, 'must not have leading or trailing whitespace'));
  }
}

function checkPorts(container: JsonObject, at: string, faults: FieldFault[]): void {
  const names = new Set<string>();
  for (const { item, path } of itemsAt(container, 'ports', at)) {
    const name = textOf(item, 'name');
    if (name !== '') addInvalid(faults, `${path}.name`, name, portNameFaults(name));
    if (name !== '' && names.has(name)) faults.push(fieldDuplicate(`${path}.name`, name));
    names.add(name);
    const { containerPort = 0, hostPort = 0 } = item;
    if (containerPort === 0) faults.push(fieldRequired(`${path}.containerPort`));
    else addInvalid(faults, `${path}.containerPort`, containerPort, portNumberFaults(containerPort));
    if (hostPort !== 0) addInvalid(faults, `${path}.hostPort`, hostPort, portNumberFaults(hostPort));
    checkOneOf(item, 'protocol', path, faults, PROTOCOLS);
  }
}

function checkMounts(container: JsonObject, at: string, volumes: ReadonlySet<string>, faults: FieldFault[]): void {
  const mounted = new Set<string>();
  for (const { item, path } of itemsAt(container, 'volumeMounts', at)) {
    const name = textOf(item, 'name');
    const mountPath = textOf(item, 'mountPath');
    if (name === '') faults.push(fieldRequired(`${path}.name`));
    if (!volumes.has(name)) faults.push(fieldNotFound(`${path}.name`, name));
    if (mountPath === '') faults.push(fieldRequired(`${path}.mountPath`));
    if (mounted.has(mountPath)) faults.push(fieldInvalid(`${path}.mountPath`, mountPath, 'must be unique'));
    mounted.add(mountPath);
    checkLocalPath(textOf(item, 'subPath'), `${path}.subPath`, faults);
    if (textOf(item, 'subPath') !== '' && textOf(item, 'subPathExpr') !== '') {
      faults.push(
        fieldInvalid(`${path}.subPathExpr`, item['subPathExpr'], 'subPathExpr and subPath are mutually exclusive'),
      );
    }
  }
}

function checkPrivileges(context: JsonObject, at: string, faults: FieldFault[]): void {
  checkUser(context, at, faults);
  if (context['allowPrivilegeEscalation'] !== false) return;
  if (context['privileged'] === true) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    faults.push(fieldInvalid(at, context, why));
  }
  const added = partOf(context, 'capabilities')['add'];
  if (Array.isArray(added) && (added.includes('CAP_SYS_ADMIN') || added.includes('SYS_ADMIN'))) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    faults.push(fieldInvalid(at, context, why));
  }
}

/** Users and groups are numbers from 0 on. */
export function checkUser(context: JsonObject, at: string, faults: FieldFault[]): void {
  for (const member of ['runAsUser', 'runAsGroup', 'fsGroup']) {
    const id = context[member];
    if (typeof id === 'number' && (id < 0 || id > 2 ** 31 - 1)) {
      faults.push(fieldInvalid(`${at}.${member}`, id, 'must be between 0 and 2147483647, inclusive'));
    }
  }
}

/** What only makes sense for a container that stays: an init container that is restarted does. */
function checkInitOnly(container: JsonObject, at: string, faults: FieldFault[]): void {
  if (container['restartPolicy'] === 'Always') return;
  for (const member of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (!isObject(container[member])) continue;
    const why = 'may not be set for init containers without restartPolicy=Always';
    faults.push(fieldForbidden(`${at}.${member}`, why));
  }
}
