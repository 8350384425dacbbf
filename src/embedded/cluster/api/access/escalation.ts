import type { KubeObject } from '../../store/kube-object.js';
import { forbidden } from '../../store/status-error.js';
import { covers, rulesOf, type PolicyRule, type Rbac } from './rbac.js';
import { MASTERS, type User } from './user.js';

const RBAC = 'rbac.authorization.k8s.io';
const ROLES: ReadonlySet<string> = new Set(['Role', 'ClusterRole']);
const BINDINGS: ReadonlySet<string> = new Set(['RoleBinding', 'ClusterRoleBinding']);

/**
 * Nobody may grant what he may not do himself, unless he has the verb `escalate` on roles or `bind` on the role. Throws
 * 403 as the real server does when a role or binding to be written grants more than its writer holds.
 */
export function checkEscalation(rbac: Rbac, user: User, object: KubeObject): void {
  if (user.groups.includes(MASTERS)) return;
  if (ROLES.has(object.kind)) checkRole(rbac, user, object);
  else if (BINDINGS.has(object.kind)) checkBinding(rbac, user, object);
}

function checkRole(rbac: Rbac, user: User, role: KubeObject): void {
  const { name, namespace } = role.metadata;
  const resource = `${role.kind.toLowerCase()}s`;
  if (rbac.allows(user, { verb: 'escalate', group: RBAC, resource, subresource: '', name, namespace })) return;
  refuseMissing(rbac, user, rulesOf(role), namespace, resource, name);
}

function checkBinding(rbac: Rbac, user: User, binding: KubeObject): void {
  const { name, namespace } = binding.metadata;
  const ref: unknown = binding['roleRef'];
  const kind = typeof ref === 'object' && ref !== null && 'kind' in ref ? String(ref.kind) : 'Role';
  const refName = typeof ref === 'object' && ref !== null && 'name' in ref ? String(ref.name) : '';
  const resource = `${kind.toLowerCase()}s`;
  if (rbac.allows(user, { verb: 'bind', group: RBAC, resource, subresource: '', name: refName, namespace })) return;
  refuseMissing(rbac, user, rbac.rulesOfRef(binding), namespace, `${binding.kind.toLowerCase()}s`, name);
}

function refuseMissing(
  rbac: Rbac,
  user: User,
  wanted: readonly PolicyRule[],
  namespace: string | undefined,
  resource: string,
  name: string,
): void {
  const held = rbac.rulesFor(user, namespace);
  const missing = wanted.flatMap(single).filter((rule) => !held.some((own) => grants(own, rule)));
  if (missing.length === 0) return;
  const groups = JSON.stringify(user.groups).replaceAll(',', ' ');
  const who = `user ${JSON.stringify(user.name)} (groups=${groups})`;
  const list = missing.map(ruleText).join('\n');
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${list}`;
  throw forbidden(RBAC, resource, name, why);
}

/** A rule as one rule for each verb, group, resource and name. */
function single(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name]);
  const resources = rule.verbs.flatMap((verb) =>
    rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) =>
        names.map((resourceNames) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
          nonResourceURLs: [],
        })),
      ),
    ),
  );
  const paths = rule.verbs.flatMap((verb) =>
    rule.nonResourceURLs.map((url) => ({
      verbs: [verb],
      apiGroups: [],
      resources: [],
      resourceNames: [],
      nonResourceURLs: [url],
    })),
  );
  return [...resources, ...paths];
}

function grants(own: PolicyRule, wanted: PolicyRule): boolean {
  const [verb = ''] = wanted.verbs;
  const [url] = wanted.nonResourceURLs;
  if (url !== undefined) {
    return (
      (own.verbs.includes('*') || own.verbs.includes(verb)) &&
      own.nonResourceURLs.some((path) => path === '*' || path === url)
    );
  }
  const [full = ''] = wanted.resources;
  const [resource = '', subresource = ''] = full.split('/');
  const [name = ''] = wanted.resourceNames;
  const [group = ''] = wanted.apiGroups;
  return covers(own, { verb, group, resource, subresource, name, namespace: undefined });
}

function ruleText(rule: PolicyRule): string {
  const parts: string[] = [];
  const add = (name: string, list: readonly string[]) => {
    if (list.length > 0) parts.push(`${name}:${JSON.stringify(list)}`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('ResourceNames', rule.resourceNames);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}
