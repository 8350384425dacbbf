import { isObject, type JsonObject } from '../json.js';
import { addInvalid, itemsAt, requireName, requireText, textOf } from './checks.js';
import { fieldInvalid, type FieldFault } from './fault.js';
import { configKeyFaults, subdomainFaults, variableNameFaults } from './names.js';

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

/** Variables of a container, one by one and by source. */
export function checkEnvironment(container: JsonObject, at: string, faults: FieldFault[]): void {
  for (const { item, path } of itemsAt(container, 'env', at)) {
    requireName(item, 'name', path, faults, variableNameFaults);
    const { valueFrom } = item;
    if (isObject(valueFrom)) checkSource(valueFrom, textOf(item, 'value'), `${path}.valueFrom`, faults);
  }
  for (const { item, path } of itemsAt(container, 'envFrom', at)) checkSources(item, path, faults);
}

function checkSource(source: JsonObject, value: string, at: string, faults: FieldFault[]): void {
  const named = SOURCES.filter((member) => isObject(source[member]));
  for (const member of named) checkReference(member, source[member], `${at}.${member}`, faults);
  if (named.length === 0) {
    const why =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    faults.push(fieldInvalid(at, '', why));
  } else if (value !== '') {
    faults.push(fieldInvalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (named.length > 1) {
    faults.push(fieldInvalid(at, '', 'may not have more than one field specified at a time'));
  }
}

function checkReference(member: string, reference: unknown, at: string, faults: FieldFault[]): void {
  if (!isObject(reference)) return;
  if (member === 'fieldRef') requireText(reference, 'fieldPath', at, faults);
  else if (member === 'resourceFieldRef') requireText(reference, 'resource', at, faults);
  else {
    requireName(reference, 'name', at, faults, subdomainFaults);
    requireName(reference, 'key', at, faults, configKeyFaults);
  }
}

function checkSources(source: JsonObject, at: string, faults: FieldFault[]): void {
  const prefix = textOf(source, 'prefix');
  if (prefix !== '') addInvalid(faults, `${at}.prefix`, prefix, variableNameFaults(prefix));
  const named = (['configMapRef', 'secretRef'] as const).filter((member) => isObject(source[member]));
  for (const member of named) {
    const reference = source[member];
    if (isObject(reference)) requireName(reference, 'name', `${at}.${member}`, faults, subdomainFaults);
  }
  if (named.length === 0) faults.push(fieldInvalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
  if (named.length > 1) faults.push(fieldInvalid(at, '', 'may not have more than one field specified at a time'));
}
