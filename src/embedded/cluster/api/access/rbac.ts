import { itemsAt, stringAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { MASTERS, type User } from './user.js';

/** What somebody wants to do, as RBAC sees it. */
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  /** empty: all names */
  name: string;
  /** undefined: at the cluster scope */
  namespace: string | undefined;
}

export interface NonResourceAttributes {
  verb: string;
  path: string;
}

export interface PolicyRule {
  verbs: readonly string[];
  apiGroups: readonly string[];
  resources: readonly string[];
  resourceNames: readonly string[];
  nonResourceURLs: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';

/** Role-based access control over the roles and bindings in the store. */
export class Rbac {
  constructor(private readonly store: ObjectStore) {}

  allows(user: User, wanted: Attributes): boolean {
    if (user.groups.includes(MASTERS)) return true;
    return this.rulesFor(user, wanted.namespace).some((rule) => covers(rule, wanted));
  }

  allowsPath(user: User, wanted: NonResourceAttributes): boolean {
    if (user.groups.includes(MASTERS)) return true;
    return this.rulesFor(user, undefined).some((rule) => coversPath(rule, wanted));
  }

  /** All rules a user has in a namespace, or at the cluster scope. */
  rulesFor(user: User, namespace: string | undefined): PolicyRule[] {
    const bindings = this.store.list(`${RBAC}/clusterrolebindings`);
    const inNamespace = namespace === undefined ? [] : this.store.list(`${RBAC}/rolebindings`, namespace);
    return [...bindings, ...inNamespace]
      .filter((binding) => itemsAt(binding, 'subjects').some((subject) => isSubject(user, subject, binding)))
      .flatMap((binding) => this.rulesOfRef(binding));
  }

  /** The rules of the role that a binding refers to. */
  rulesOfRef(binding: KubeObject): PolicyRule[] {
    const name = stringAt(binding, 'roleRef', 'name') ?? '';
    const role =
      stringAt(binding, 'roleRef', 'kind') === 'ClusterRole'
        ? this.store.get(`${RBAC}/clusterroles`, undefined, name)
        : this.store.get(`${RBAC}/roles`, binding.metadata.namespace, name);
    return rulesOf(role);
  }
}

/** The rules of a Role or ClusterRole. */
export function rulesOf(role: unknown): PolicyRule[] {
  return itemsAt(role, 'rules').map((rule) => ({
    verbs: strings(rule, 'verbs'),
    apiGroups: strings(rule, 'apiGroups'),
    resources: strings(rule, 'resources'),
    resourceNames: strings(rule, 'resourceNames'),
    nonResourceURLs: strings(rule, 'nonResourceURLs'),
  }));
}

function strings(rule: unknown, member: string): string[] {
  return itemsAt(rule, member).filter((item) => typeof item === 'string');
}

function isSubject(user: User, subject: unknown, binding: KubeObject): boolean {
  const name = stringAt(subject, 'name') ?? '';
  switch (stringAt(subject, 'kind') ?? '') {
    case 'User':
      return user.name === name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount': {
      const namespace = stringAt(subject, 'namespace') ?? binding.metadata.namespace ?? '';
      return user.name === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

function includes(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

function coversResource(rule: PolicyRule, resource: string, subresource: string): boolean {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return includes(rule.resources, full) || (subresource !== '' && rule.resources.includes(`*/${subresource}`));
}

/** Whether one rule permits what is wanted. */
export function covers(rule: PolicyRule, { verb, group, resource, subresource, name }: Attributes): boolean {
  if (!includes(rule.verbs, verb) || !includes(rule.apiGroups, group)) return false;
  if (!coversResource(rule, resource, subresource)) return false;
  return rule.resourceNames.length === 0 || (name !== '' && rule.resourceNames.includes(name));
}

function coversPath(rule: PolicyRule, { verb, path }: NonResourceAttributes): boolean {
  if (!includes(rule.verbs, verb)) return false;
  return rule.nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );
}
