import type { IncomingHttpHeaders } from 'node:http';

import { authorize } from './authorize.js';
import type { Rbac } from './rbac.js';
import { MASTERS, type User } from './user.js';

/** The user that `--as` names, if the one who asks may impersonate him. Throws 403. */
export function impersonated(rbac: Rbac, user: User, headers: IncomingHttpHeaders): User {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') return user;
  const groups = groupsOf(headers['impersonate-group']);
  if (!user.groups.includes(MASTERS)) {
    const attributes = { verb: 'impersonate', group: '', subresource: '', namespace: undefined };
    authorize(rbac, user, { ...attributes, resource: 'users', name });
    for (const group of groups) authorize(rbac, user, { ...attributes, resource: 'groups', name: group });
  }
  return { name, groups: [...groups, ...impliedGroups(name), 'system:authenticated'] };
}

function groupsOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return Array.isArray(header) ? header : header.split(',').map((group) => group.trim());
}

function impliedGroups(name: string): string[] {
  const [, kind, namespace] = name.split(':');
  return kind === 'serviceaccount' && namespace !== undefined
    ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
    : [];
}
