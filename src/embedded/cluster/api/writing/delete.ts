import { isFields, numberAt, stringAt, valueAt, type Fields } from '../../store/fields.js';
import type { KubeObject, ResourceType } from '../../store/kube-object.js';
import type { DeleteOptions } from '../../store/object-store.js';
import { badRequest, forbidden, notFound, StatusError, type StatusBody } from '../../store/status-error.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import { parseObjectBody } from '../http/body.js';
import { writeParameters, type ResourceRequest } from '../http/resource-request.js';
import { readList } from '../reading/list.js';
import { find, keyOfServed, listAnswer, objectAnswer } from '../reading/read.js';

/** Types whose last state is answered when they go at once; the others answer a Status. */
const RETURNED: ReadonlySet<string> = new Set([
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/podtemplates',
  '/pods',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
]);

const PROTECTED_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Answers DELETE of one object: what is left of it while something holds it, else that it is gone. */
export function remove(parts: ApiParts, request: ResourceRequest): Answer {
  const { path } = request;
  const { type } = path.served;
  const options = readOptions(request);
  const { dryRun } = writeParameters(request);
  const before = find(parts, request);
  const { name } = before.metadata;
  if (path.served.key === '/namespaces' && PROTECTED_NAMESPACES.has(name)) {
    throw forbidden('', 'namespaces', name, 'this namespace may not be deleted');
  }
  if (path.served.key === '/namespaces' && before.metadata.deletionTimestamp !== undefined) {
    throw stillDeleting(type, name);
  }
  const key = keyOfServed(path.served);
  const last = parts.store.delete(key, path.namespace, name, { ...options, dryRun });
  if (last === undefined) throw notFound(type.group, type.resource, name);
  const gone = dryRun || parts.store.get(key, path.namespace, name) === undefined;
  if (!gone || RETURNED.has(key)) return objectAnswer(parts, request, 200, last);
  return jsonAnswer(200, removed(type, last));
}

/** A namespace that is being deleted answers its second deletion with a conflict. */
function stillDeleting(type: ResourceType, name: string): StatusError {
  const why =
    'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.';
  const message = `Operation cannot be fulfilled on ${type.resource} ${JSON.stringify(name)}: ${why}`;
  return new StatusError(409, 'Conflict', message, { name, kind: type.resource });
}

function removed(type: ResourceType, { metadata }: KubeObject): StatusBody {
  const group = type.group === '' ? {} : { group: type.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: metadata.name, ...group, kind: type.resource, uid: metadata.uid },
    code: 200,
  };
}

/** Answers DELETE of a collection: a list of what was deleted. */
export function removeCollection(parts: ApiParts, request: ResourceRequest): Answer {
  const { path, query } = request;
  const key = keyOfServed(path.served);
  const options = readOptions(request);
  const { dryRun } = writeParameters(request);
  const { items, metadata } = readList(parts.store, parts.snapshots, key, path.namespace, query);
  const deleted = items.map(
    (item) => parts.store.delete(key, item.metadata.namespace, item.metadata.name, { ...options, dryRun }) ?? item,
  );
  return listAnswer(parts, request, deleted, { resourceVersion: metadata.resourceVersion });
}

/** DeleteOptions of the body, else of the query. Throws 400 on a body of another kind, 422 on an unknown policy. */
function readOptions(request: ResourceRequest): DeleteOptions {
  const fromBody = request.body.length > 0 ? parseObjectBody(request.body, request.headers['content-type']) : {};
  const kind = stringAt(fromBody, 'kind');
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`${kind} in version "v1" cannot be handled as a DeleteOptions: unknown conversion`);
  }
  return deleteOptions(fromBody, request.query);
}

/** DeleteOptions from their JSON, completed by query parameters. */
export function deleteOptions(body: Fields, query: URLSearchParams): DeleteOptions {
  const orphan = valueAt(body, 'orphanDependents') ?? booleanOf(query.get('orphanDependents'));
  const policy = stringAt(body, 'propagationPolicy') ?? query.get('propagationPolicy') ?? undefined;
  const grace = numberAt(body, 'gracePeriodSeconds') ?? numberOf(query.get('gracePeriodSeconds'));
  const options: DeleteOptions = {};
  const propagation = policyOf(policy, orphan);
  if (propagation !== undefined) options.propagationPolicy = propagation;
  if (grace !== undefined) options.gracePeriodSeconds = grace;
  const preconditions = body['preconditions'];
  if (isFields(preconditions)) {
    const uid = stringAt(preconditions, 'uid');
    const resourceVersion = stringAt(preconditions, 'resourceVersion');
    options.preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
  }
  return options;
}

function policyOf(policy: string | undefined, orphan: unknown): DeleteOptions['propagationPolicy'] {
  if (policy === undefined || policy === '') {
    if (orphan === true) return 'Orphan';
    return orphan === false ? 'Background' : undefined;
  }
  if (policy === 'Foreground' || policy === 'Background' || policy === 'Orphan') return policy;
  const supported = '"Background", "Foreground", "Orphan"';
  const why = `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`;
  const about = { group: 'meta.k8s.io', kind: 'DeleteOptions' };
  throw new StatusError(422, 'Invalid', `DeleteOptions.meta.k8s.io "" is invalid: ${why}`, about);
}

function booleanOf(text: string | null): boolean | undefined {
  return text === null ? undefined : text === 'true';
}

function numberOf(text: string | null): number | undefined {
  return text === null || !/^\d+$/.test(text) ? undefined : Number(text);
}
