import { forbidden, StatusError } from '../../store/status-error.js';
import type { ResourcePath } from '../http/request-info.js';
import type { Attributes, Rbac } from './rbac.js';
import type { User } from './user.js';

/** The RBAC verb of a request: `get` on a collection is `list`, or `watch` when it asks for that. */
export function verbOf(method: string, path: ResourcePath, watch: boolean): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (path.name !== undefined) return 'get';
      return watch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    default:
      return path.name === undefined ? 'deletecollection' : 'delete';
  }
}

export function attributesOf(path: ResourcePath, verb: string): Attributes {
  const { group, resource } = path.served.type;
  // A namespace is asked for inside itself, so that a Role in it can allow reading it.
  const itself = group === '' && resource === 'namespaces';
  const namespace = itself ? path.name : path.namespace;
  return { verb, group, resource, subresource: path.subresource ?? '', name: path.name ?? '', namespace };
}

/** Throws 403 in the words of the real server when RBAC does not allow it. */
export function authorize(rbac: Rbac, user: User, wanted: Attributes): void {
  if (rbac.allows(user, wanted)) return;
  throw forbidden(wanted.group, wanted.resource, wanted.name, refusalText(user, wanted));
}

function refusalText(user: User, { verb, group, resource, subresource, namespace }: Attributes): string {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}

const OPEN_TO_ALL = /^\/(?:version|healthz|livez|readyz|api|apis|openapi)(?:\/|$)/;

/** Discovery is open to every authenticated user, as the default bindings have it; anything else needs a rule. */
export function authorizePath(rbac: Rbac, user: User, method: string, path: string): void {
  const verb = method.toLowerCase();
  if ((verb === 'get' || verb === 'head') && OPEN_TO_ALL.test(path)) return;
  if (rbac.allowsPath(user, { verb, path })) return;
  const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`;
  throw new StatusError(403, 'Forbidden', message, {});
}
