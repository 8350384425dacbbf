import { isObject, type JsonObject } from '../json.js';
import { addInvalid, itemsAt, partOf, textOf, textsOf } from './checks.js';
import { fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong, type FieldFault } from './fault.js';
import {
  dns1035LabelFaults,
  dnsLabelFaults,
  labelValueFaults,
  pathSegmentFaults,
  qualifiedNameFaults,
  subdomainFaults,
} from './names.js';

const ANNOTATION_BYTES = 256 * 1024;

type NameFaults = (name: string) => string[];

/** Kinds that are not named by a host name. */
const NAMES: Readonly<Record<string, NameFaults>> = {
  'v1/Namespace': dnsLabelFaults,
  'v1/Service': dns1035LabelFaults,
  'apps/v1/StatefulSet': dnsLabelFaults,
  'rbac.authorization.k8s.io/v1/Role': pathSegmentFaults,
  'rbac.authorization.k8s.io/v1/RoleBinding': pathSegmentFaults,
  'rbac.authorization.k8s.io/v1/ClusterRole': pathSegmentFaults,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': pathSegmentFaults,
};

/** Checks the name by the rules of the kind, and what else metadata holds. */
export function checkMetadata(id: string, object: JsonObject, faults: FieldFault[]): void {
  const metadata = partOf(object, 'metadata');
  checkName(NAMES[id] ?? subdomainFaults, metadata, faults);
  checkLabels(partOf(metadata, 'labels'), 'metadata.labels', faults);
  checkAnnotations(partOf(metadata, 'annotations'), 'metadata.annotations', faults);
  checkOwners(metadata, faults);
  for (const finalizer of textsOf(metadata, 'finalizers')) {
    addInvalid(faults, 'metadata.finalizers', finalizer, qualifiedNameFaults(finalizer));
  }
}

function checkName(nameFaults: NameFaults, metadata: JsonObject, faults: FieldFault[]): void {
  const prefix = textOf(metadata, 'generateName');
  if (prefix !== '') addInvalid(faults, 'metadata.generateName', prefix, nameFaults(prefix.replace(/.-$/, 'a')));
  const name = textOf(metadata, 'name');
  if (name === '') faults.push(fieldRequired('metadata.name', 'name or generateName is required'));
  else addInvalid(faults, 'metadata.name', name, nameFaults(name));
}

/** Checks keys and values of labels. */
export function checkLabels(labels: JsonObject, at: string, faults: FieldFault[]): void {
  for (const key in labels) {
    addInvalid(faults, at, key, qualifiedNameFaults(key));
    const value = labels[key];
    if (typeof value === 'string') addInvalid(faults, at, value, labelValueFaults(value));
  }
}

/** Checks keys of annotations and their size together. */
export function checkAnnotations(annotations: JsonObject, at: string, faults: FieldFault[]): void {
  let bytes = 0;
  for (const key in annotations) {
    addInvalid(faults, at, key, qualifiedNameFaults(key.toLowerCase()));
    const value = annotations[key];
    bytes += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  if (bytes > ANNOTATION_BYTES) faults.push(fieldTooLong(at, ANNOTATION_BYTES));
}

function checkOwners(metadata: JsonObject, faults: FieldFault[]): void {
  const at = 'metadata.ownerReferences';
  let controller: string | undefined;
  for (const { item } of itemsAt(metadata, 'ownerReferences', 'metadata')) {
    for (const member of ['apiVersion', 'kind', 'name', 'uid']) {
      const why = member === 'apiVersion' ? 'version must not be empty' : 'must not be empty';
      if (textOf(item, member) === '') faults.push(fieldInvalid(`${at}.${member}`, textOf(item, member), why));
    }
    if (item['controller'] !== true) continue;
    const named = `${textOf(item, 'kind')}/${textOf(item, 'name')}`;
    if (controller !== undefined) {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${named}`;
      faults.push(fieldInvalid(at, metadata['ownerReferences'], why));
    }
    controller ??= named;
  }
}

/** Checks the terms of a label selector. */
export function checkSelector(selector: JsonObject, at: string, faults: FieldFault[]): void {
  checkLabels(partOf(selector, 'matchLabels'), `${at}.matchLabels`, faults);
  for (const { item, path } of itemsAt(selector, 'matchExpressions', at)) {
    checkOperator(item, path, faults);
    addInvalid(faults, `${path}.key`, textOf(item, 'key'), qualifiedNameFaults(textOf(item, 'key')));
    for (const [index, value] of textsOf(item, 'values').entries()) {
      addInvalid(faults, `${path}.values[${index}]`, value, labelValueFaults(value));
    }
  }
}

function checkOperator(term: JsonObject, at: string, faults: FieldFault[]): void {
  const operator = textOf(term, 'operator');
  const values = textsOf(term, 'values');
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be specified when `operator` is 'In' or 'NotIn'";
    if (values.length === 0) faults.push(fieldRequired(`${at}.values`, why));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (values.length > 0) faults.push(fieldForbidden(`${at}.values`, why));
  } else faults.push(fieldInvalid(`${at}.operator`, operator, 'not a valid selector operator'));
}

/** True when the labels satisfy every term of a label selector. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = partOf(selector, 'matchLabels');
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  const terms = selector['matchExpressions'];
  return !Array.isArray(terms) || terms.every((term) => !isObject(term) || satisfies(term, labels));
}

function satisfies(term: JsonObject, labels: JsonObject): boolean {
  const label = labels[textOf(term, 'key')];
  const listed = typeof label === 'string' && textsOf(term, 'values').includes(label);
  switch (textOf(term, 'operator')) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed;
    case 'Exists':
      return label !== undefined;
    default:
      return label === undefined;
  }
}

/** True for a selector without terms. */
export function isEmptySelector(selector: JsonObject): boolean {
  const terms = selector['matchExpressions'];
  const count = Array.isArray(terms) ? terms.length : 0;
  return count + Object.keys(partOf(selector, 'matchLabels')).length === 0;
}
