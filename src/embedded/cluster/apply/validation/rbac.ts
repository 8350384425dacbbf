import { isObject, type JsonObject } from '../json.js';
import { addInvalid, type Check, itemsAt, partOf, requireText, textOf, textsOf } from './checks.js';
import { fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { pathSegmentFaults, subdomainFaults } from './names.js';

const GROUP = 'rbac.authorization.k8s.io';

/** A Role: rules of a namespace cannot be about paths. */
export const checkRole: Check = (object, _at, faults) => checkRules(object, 'namespaced', faults);

/** A ClusterRole. */
export const checkClusterRole: Check = (object, _at, faults) => checkRules(object, 'cluster', faults);

function checkRules(role: JsonObject, scope: 'namespaced' | 'cluster', faults: FieldFault[]): void {
  for (const { item, path } of itemsAt({ rules: role['rules'] }, 'rules', '')) {
    checkRule(item, path.slice(1), scope, faults);
  }
}

function checkRule(rule: JsonObject, at: string, scope: 'namespaced' | 'cluster', faults: FieldFault[]): void {
  const count = (member: string): number => textsOf(rule, member).length;
  if (count('verbs') === 0) faults.push(fieldRequired(`${at}.verbs`, 'verbs must contain at least one value'));
  if (count('nonResourceURLs') > 0) {
    if (scope === 'namespaced') {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      faults.push(fieldInvalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], why));
    }
    if (count('apiGroups') + count('resources') + count('resourceNames') > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      faults.push(fieldInvalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], why));
    }
    return;
  }
  if (count('apiGroups') === 0) {
    faults.push(fieldRequired(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (count('resources') === 0) {
    faults.push(fieldRequired(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
}

/** A RoleBinding. */
export const checkRoleBinding: Check = (object, _at, faults) => {
  checkRoleRef(partOf(object, 'roleRef'), ['ClusterRole', 'Role'], faults);
  checkSubjects(object, faults);
};

/** A ClusterRoleBinding. */
export const checkClusterRoleBinding: Check = (object, _at, faults) => {
  checkRoleRef(partOf(object, 'roleRef'), ['ClusterRole'], faults);
  checkSubjects(object, faults);
};

function checkRoleRef(reference: JsonObject, kinds: readonly string[], faults: FieldFault[]): void {
  const group = textOf(reference, 'apiGroup');
  if (group !== GROUP) faults.push(fieldNotSupported('roleRef.apiGroup', group, [GROUP]));
  const kind = textOf(reference, 'kind');
  if (!kinds.includes(kind)) faults.push(fieldNotSupported('roleRef.kind', kind, kinds));
  const name = textOf(reference, 'name');
  if (name === '') faults.push(fieldRequired('roleRef.name'));
  else addInvalid(faults, 'roleRef.name', name, pathSegmentFaults(name));
}

function checkSubjects(binding: JsonObject, faults: FieldFault[]): void {
  const { subjects } = binding;
  if (!Array.isArray(subjects)) return;
  for (const [index, subject] of subjects.entries()) {
    if (isObject(subject)) checkSubject(subject, `subjects[${index}]`, faults);
  }
}

function checkSubject(subject: JsonObject, at: string, faults: FieldFault[]): void {
  const kind = textOf(subject, 'kind');
  const group = textOf(subject, 'apiGroup');
  requireText(subject, 'name', at, faults);
  switch (kind) {
    case 'ServiceAccount': {
      const name = textOf(subject, 'name');
      if (name !== '') addInvalid(faults, `${at}.name`, name, subdomainFaults(name));
      if (group !== '') faults.push(fieldNotSupported(`${at}.apiGroup`, group, ['']));
      requireText(subject, 'namespace', at, faults);
      return;
    }
    case 'User':
    case 'Group':
      if (group !== GROUP) faults.push(fieldNotSupported(`${at}.apiGroup`, group, [GROUP]));
      return;
    default:
      faults.push(fieldNotSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  }
}
