import type { KubeObject } from '../../store/kube-object.js';
import { badRequest, notFound } from '../../store/status-error.js';
import type { ApiParts } from '../api-parts.js';
import { bytesAnswer, jsonAnswer, type Answer } from '../http/answer.js';
import type { Representation } from '../http/negotiation.js';
import { jsonOf, listJson, partialOf, type ListMeta } from '../http/object-json.js';
import type { ResourceRequest } from '../http/resource-request.js';
import { groupVersionOf, type ServedType } from '../served-types.js';
import { includeObjectOf, tableOf } from '../tables/table.js';
import { readList } from './list.js';
import { flag } from './query.js';
import { watchAnswer } from './watch.js';
import type { WatchEvent } from './watch-event.js';
import type { WatchView } from './watch-view.js';

/** A stored object in the version it is asked in. */
export function shown(served: ServedType, object: KubeObject): KubeObject {
  return served.convert === undefined ? object : served.convert.fromStored(object);
}

/** Answers GET: one object, a list, or a watch. */
export function read(parts: ApiParts, request: ResourceRequest): Answer {
  const { path, query } = request;
  const key = keyOfServed(path.served);
  if (path.name !== undefined) return objectAnswer(parts, request, 200, find(parts, request));
  if (flag(query, 'watch')) {
    return watchAnswer(parts.store, parts.history, parts.hub, viewOf(parts, request, key), query);
  }
  const listed = readList(parts.store, parts.snapshots, key, path.namespace, query);
  return listAnswer(parts, request, listed.items, listed.metadata);
}

/** The store key of a type whose objects are kept. */
export function keyOfServed(served: ServedType): string {
  if (served.key === undefined) throw badRequest(`${served.type.resource} are not kept`);
  return served.key;
}

/** The stored object a request names. Throws 404. */
export function find(parts: ApiParts, { path }: ResourceRequest): KubeObject {
  const { type } = path.served;
  const name = path.name ?? '';
  const found = parts.store.get(keyOfServed(path.served), path.namespace, name);
  if (found === undefined) throw notFound(type.group, type.resource, name);
  return found;
}

/** One object in the form that was asked for. */
export function objectAnswer(
  parts: ApiParts,
  request: ResourceRequest,
  code: number,
  object: KubeObject,
  headers?: Readonly<Record<string, string>>,
): Answer {
  const { served } = request.path;
  const visible = shown(served, object);
  if (request.as === 'table' && served.key !== undefined) {
    const { resourceVersion } = object.metadata;
    return jsonAnswer(code, table(parts, request, served.key, { resourceVersion }, [visible]), headers);
  }
  if (request.as === 'partial') return jsonAnswer(code, partialOf(visible), headers);
  return bytesAnswer(code, jsonOf(visible), headers);
}

function table(
  parts: ApiParts,
  request: ResourceRequest,
  key: string,
  metadata: ListMeta,
  items: readonly KubeObject[],
) {
  return tableOf(key, metadata, items, includeObjectOf(request.query.get('includeObject')), parts.now());
}

/** A list in the form that was asked for. */
export function listAnswer(
  parts: ApiParts,
  request: ResourceRequest,
  items: readonly KubeObject[],
  metadata: ListMeta,
): Answer {
  const { served } = request.path;
  if (request.as === 'table') return jsonAnswer(200, table(parts, request, keyOfServed(served), metadata, items));
  if (request.as === 'partial') {
    const kind = 'PartialObjectMetadataList';
    return jsonAnswer(200, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partialOf) });
  }
  const visible = served.convert === undefined ? items : items.map((item) => shown(served, item));
  return bytesAnswer(200, listJson(groupVersionOf(served.type), `${served.type.kind}List`, metadata, visible));
}

function viewOf(parts: ApiParts, request: ResourceRequest, key: string): WatchView {
  const { served, namespace } = request.path;
  const view = { key, namespace, apiVersion: groupVersionOf(served.type), kind: served.type.kind };
  const line = lineOf(parts, request, key);
  return line === undefined ? view : { ...view, ...line };
}

/** Another form of events than the stored object, where one was asked for. */
function lineOf(
  parts: ApiParts,
  request: ResourceRequest,
  key: string,
): Pick<WatchView, 'line' | 'bookmark'> | undefined {
  const { served } = request.path;
  const form = formOf(request.as);
  if (form === 'json' && served.convert === undefined) return undefined;
  if (form === 'json') return { line: (event) => jsonLine(event.type, shown(served, event.object)) };
  if (form === 'partial') {
    return {
      line: (event) => jsonLine(event.type, partialOf(event.object)),
      bookmark: (resourceVersion, end) =>
        jsonLine('BOOKMARK', bookmarkObject('PartialObjectMetadata', resourceVersion, end)),
    };
  }
  return {
    line: (event: WatchEvent) => {
      const { resourceVersion } = event.object.metadata;
      return jsonLine(event.type, table(parts, request, key, { resourceVersion }, [shown(served, event.object)]));
    },
    bookmark: (resourceVersion) => jsonLine('BOOKMARK', table(parts, request, key, { resourceVersion }, [])),
  };
}

function formOf(as: Representation): 'json' | 'partial' | 'table' {
  return as === 'partial' || as === 'table' ? as : 'json';
}

function bookmarkObject(kind: string, resourceVersion: string, initialEventsEnd: boolean): object {
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { kind, apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion, creationTimestamp: null, ...annotations } };
}

function jsonLine(type: string, object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}
