import type { PolicyRule } from './manifest-pods.js';

const ESCALATING_VERBS = new Set(['escalate', 'bind', 'impersonate', 'approve', 'sign']);
const FORBIDDEN_RESOURCES = new Set([
  'nodes',
  'nodes/proxy',
  'persistentvolumes',
  'clusterroles',
  'clusterrolebindings',
  'customresourcedefinitions',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'serviceaccounts/token',
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'namespaces/finalize',
  'certificatesigningrequests',
  'tokenreviews',
  'subjectaccessreviews',
]);

/** Why a list of rules is more than a provisioner of namespaces may hold. Empty: it is not. */
export function accessFaults(rules: readonly PolicyRule[]): string[] {
  return rules.flatMap((rule) => [
    ...wildcards(rule),
    ...rule.verbs
      .filter((verb) => ESCALATING_VERBS.has(verb))
      .map((verb) => `verb ${verb} on ${rule.resources.join()}`),
    ...rule.resources.filter((resource) => FORBIDDEN_RESOURCES.has(resource)).map((resource) => `resource ${resource}`),
  ]);
}

function wildcards(rule: PolicyRule): string[] {
  return (['apiGroups', 'resources', 'verbs'] as const)
    .filter((part) => rule[part].some((word) => word.includes('*')))
    .map((part) => `wildcard in ${part}`);
}

/** Whether the rules allow a verb on a resource of a group: exact, as RBAC compares them. */
export function allows(rules: readonly PolicyRule[], group: string, resource: string, verb: string): boolean {
  return rules.some(
    (rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
  );
}
