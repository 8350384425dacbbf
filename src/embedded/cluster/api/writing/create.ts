import { trackUpdate } from '../../apply/track-update.js';
import type { KubeObject } from '../../store/kube-object.js';
import { timestamp } from '../../store/writes.js';
import { badRequest, notFound, StatusError } from '../../store/status-error.js';
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
import { keyOfServed, objectAnswer } from '../reading/read.js';
import { podSecurityWarnings } from '../admission/pod-security-warnings.js';
import { mustBeObject, readObject } from './write-body.js';

/** Answers POST to a collection: 201 with the new object. */
export function create(parts: ApiParts, request: ResourceRequest): Answer {
  const { served } = request.path;
  const parameters = writeParameters(request);
  const body = parseObjectBody(request.body, request.headers['content-type']);
  const { object, warnings } = readObject(served, body, parameters.fieldValidation);
  const placed = inNamespace(request, object);
  checkNew(request, placed);
  const tracked = trackUpdate({
    apiVersion: placed.apiVersion,
    kind: placed.kind,
    live: undefined,
    updated: placed,
    manager: parameters.fieldManager,
    time: timestamp(parts.now()),
  });
  const created = store(parts, request, mustBeObject(tracked), parameters);
  const all = [...warnings, ...podSecurityWarnings(parts.store, created)];
  return objectAnswer(parts, request, 201, created, warningHeaders(all));
}

/** Stores a new object, after checking that its writer may grant what it grants. */
export function store(
  parts: ApiParts,
  request: ResourceRequest,
  object: KubeObject,
  { dryRun }: WriteParameters,
): KubeObject {
  checkEscalation(parts.rbac, request.user, object);
  return parts.store.create(keyOfServed(request.path.served), object, { dryRun });
}

/** The object with the namespace of its path. Throws 400 when it names another one, 404 without one. */
export function inNamespace({ path }: ResourceRequest, object: KubeObject): KubeObject {
  const { type } = path.served;
  const { namespace } = object.metadata;
  if (!type.namespaced) {
    if (namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    return object;
  }
  if (path.namespace === undefined) throw notFound(type.group, type.resource, object.metadata.name);
  if (namespace && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return namespace === path.namespace
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: path.namespace } };
}

function checkNew({ path }: ResourceRequest, { metadata }: KubeObject): void {
  if (metadata.resourceVersion) {
    throw new StatusError(500, 'InternalError', 'resourceVersion should not be set on objects to be created', {});
  }
  if (!metadata.name && !metadata.generateName) {
    const { kind, group } = path.served.type;
    const qualified = group === '' ? kind : `${kind}.${group}`;
    const message = 'Required value: name or generateName is required';
    throw new StatusError(422, 'Invalid', `${qualified} "" is invalid: metadata.name: ${message}`, {
      kind,
      ...(group === '' ? {} : { group }),
      causes: [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }],
    });
  }
}
