import { trackUpdate } from '../../apply/track-update.js';
import type { KubeObject } from '../../store/kube-object.js';
import { badRequest } from '../../store/status-error.js';
import { timestamp } from '../../store/writes.js';
import { checkEscalation } from '../access/escalation.js';
import type { ApiParts } from '../api-parts.js';
import type { Answer } from '../http/answer.js';
import { parseObjectBody } from '../http/body.js';
import {
  warningHeaders,
  writeParameters,
  type ResourceRequest,
  type WriteParameters,
} from '../http/resource-request.js';
import { find, keyOfServed, objectAnswer } from '../reading/read.js';
import { inNamespace } from './create.js';
import { mustBeObject, readObject } from './write-body.js';

/** Answers PUT of an object, of its status, or of a namespace's finalizers. */
export function replace(parts: ApiParts, request: ResourceRequest): Answer {
  const { served, name } = request.path;
  const parameters = writeParameters(request);
  const live = find(parts, request);
  const body = parseObjectBody(request.body, request.headers['content-type']);
  const { object, warnings } = readObject(served, body, parameters.fieldValidation);
  const named = object.metadata.name ? object : { ...object, metadata: { ...object.metadata, name: name ?? '' } };
  checkName(request, named);
  const updated = write(parts, request, live, inNamespace(request, named), parameters);
  return objectAnswer(parts, request, 200, updated, warningHeaders(warnings));
}

/** Throws 400 when a body names another object than its path. */
export function checkName({ path }: ResourceRequest, { metadata }: KubeObject): void {
  if (metadata.name === path.name) return;
  throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${path.name})`);
}

/** Stores a changed object under the name of its writer, limited to what the path's subresource may change. */
export function write(
  parts: ApiParts,
  request: ResourceRequest,
  live: KubeObject,
  changed: KubeObject,
  { fieldManager, dryRun }: WriteParameters,
): KubeObject {
  const { subresource } = request.path;
  const updated = limitTo(request, live, changed);
  const tracked = trackUpdate({
    apiVersion: updated.apiVersion,
    kind: updated.kind,
    live,
    updated,
    manager: fieldManager,
    time: timestamp(parts.now()),
    ...(subresource === undefined ? {} : { subresource }),
  });
  return storeChange(parts, request, mustBeObject(tracked), dryRun);
}

/** Stores a change whose field ownership is settled. */
export function storeChange(
  parts: ApiParts,
  request: ResourceRequest,
  object: KubeObject,
  dryRun: boolean,
): KubeObject {
  checkEscalation(parts.rbac, request.user, object);
  return parts.store.update(keyOfServed(request.path.served), object, { dryRun });
}

/** A write to the object leaves the status, a write to the status leaves everything else. */
function limitTo({ path }: ResourceRequest, live: KubeObject, changed: KubeObject): KubeObject {
  if (path.subresource === undefined) {
    // Only /finalize changes what holds a namespace.
    if (path.served.key === '/namespaces') return withStatusOf({ ...changed, spec: live['spec'] }, live);
    return path.served.type.subresources.includes('status') ? withStatusOf(changed, live) : changed;
  }
  const { resourceVersion, managedFields } = changed.metadata;
  const metadata = { ...live.metadata, ...(resourceVersion ? { resourceVersion } : {}) };
  if (managedFields !== undefined) metadata.managedFields = managedFields;
  if (path.subresource === 'status') return withStatusOf({ ...live, metadata }, changed);
  return { ...live, metadata, spec: changed['spec'] };
}

/** An object with the status of another one. */
function withStatusOf(object: KubeObject, source: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  return source['status'] === undefined
    ? { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata }
    : { ...object, status: source['status'] };
}
