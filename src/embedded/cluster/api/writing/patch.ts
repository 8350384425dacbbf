import { decodePatched } from '../../apply/decode.js';
import { jsonPatch } from '../../apply/patch/json-patch.js';
import { jsonMerge } from '../../apply/patch/merge-patch.js';
import { strategicMerge } from '../../apply/patch/strategic-merge.js';
import { applyServerSide } from '../../apply/server-side-apply.js';
import type { Fields } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { badRequest, notFound, StatusError } from '../../store/status-error.js';
import { timestamp } from '../../store/writes.js';
import type { ApiParts } from '../api-parts.js';
import type { Answer } from '../http/answer.js';
import { mediaType, parseYaml, unsupportedMediaType } from '../http/body.js';
import {
  warningHeaders,
  writeParameters,
  type ResourceRequest,
  type WriteParameters,
} from '../http/resource-request.js';
import { keyOfServed, objectAnswer, shown } from '../reading/read.js';
import { groupVersionOf } from '../served-types.js';
import { inNamespace, store } from './create.js';
import { checkName, storeChange, write } from './update.js';
import { asObjectOf, finishDecoded, mustBeObject, withDefaults } from './write-body.js';

export const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

/** Answers PATCH of an object or of its status, in each of the four forms. */
export function patch(parts: ApiParts, request: ResourceRequest): Answer {
  const { served, namespace, name } = request.path;
  const parameters = writeParameters(request);
  const media = mediaType(request.headers['content-type']);
  const live = parts.store.get(keyOfServed(served), namespace, name ?? '');
  if (media === APPLY) return apply(parts, request, live, parameters);
  if (parameters.force !== undefined)
    throw invalidPatchOption('force: Forbidden: may not be specified for non-apply patch');
  if (live === undefined) throw notFound(served.type.group, served.type.resource, name ?? '');
  const before = shown(served, live);
  const change = parsePatch(media, request.body);
  const patched = patchDocument(media, before, change);
  const { group: _group, kind } = served.type;
  const decoded = decodePatched(
    groupVersionOf(served.type),
    kind,
    patched,
    { strategic: media === STRATEGIC, body: change },
    parameters.fieldValidation,
  );
  const { object, warnings } = finishDecoded(served, decoded);
  checkName(request, object);
  const updated = write(parts, request, live, inNamespace(request, object), parameters);
  return objectAnswer(parts, request, 200, updated, warningHeaders(warnings));
}

function parsePatch(media: string, body: Buffer): unknown {
  if (media !== JSON_PATCH && media !== MERGE && media !== STRATEGIC) {
    throw unsupportedMediaType([JSON_PATCH, MERGE, STRATEGIC, APPLY]);
  }
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The document with a patch applied, the patch being of a known form. Throws 400 and 422. */
export function patchDocument(media: string, document: KubeObject, change: unknown): Record<string, unknown> {
  if (media === JSON_PATCH) return jsonPatch(document, change);
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw badRequest('json: cannot unmarshal array into Go value of type map[string]interface {}');
  }
  const fields: Record<string, unknown> = { ...change };
  if (media === MERGE) return jsonMerge(document, fields);
  return strategicMerge(document.apiVersion, document.kind, document, fields);
}

/** Server-side apply: 201 when it makes the object, 200 when it changes it or leaves it. */
function apply(
  parts: ApiParts,
  request: ResourceRequest,
  live: KubeObject | undefined,
  parameters: WriteParameters,
): Answer {
  const { path, query } = request;
  if (!query.get('fieldManager')) throw invalidPatchOption('fieldManager: Required value: is required for apply patch');
  const applied = appliedObject(request, parseYaml(request.body));
  if (live === undefined && path.subresource !== undefined) {
    throw notFound(path.served.type.group, path.served.type.resource, path.name ?? '');
  }
  const { object, changed } = applyServerSide({
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    live,
    applied,
    manager: parameters.fieldManager,
    force: parameters.force === true,
    time: timestamp(parts.now()),
    ...(path.subresource === undefined ? {} : { subresource: path.subresource }),
  });
  if (live === undefined) {
    const made = store(parts, request, withDefaults(mustBeObject(object)), parameters);
    return objectAnswer(parts, request, 201, made);
  }
  const next = changed ? storeChange(parts, request, mustBeObject(object), parameters.dryRun) : live;
  return objectAnswer(parts, request, 200, next);
}

function appliedObject(request: ResourceRequest, body: Fields): KubeObject {
  const { served, name } = request.path;
  const object = asObjectOf(served.type, body);
  const named = { ...object, metadata: { ...object.metadata, name: object.metadata.name || (name ?? '') } };
  checkName(request, named);
  const placed = inNamespace(request, named);
  return served.convert === undefined ? placed : served.convert.toStored(placed);
}

function invalidPatchOption(why: string): StatusError {
  const about = { group: 'meta.k8s.io', kind: 'PatchOptions' };
  return new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${why}`, about);
}
