/** Who asks, as authentication found out. */
export interface User {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

export const MASTERS = 'system:masters';

/** The user in a kubeconfig of the embedded cluster: may do anything. */
export const ADMIN: User = { name: 'kubernetes-admin', groups: [MASTERS, 'system:authenticated'] };

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The user that a service account is. */
export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
