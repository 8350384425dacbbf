import { isFields, numberAt, stringAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { badRequest, expired, StatusError } from '../../store/status-error.js';
import type { ListMeta } from '../http/object-json.js';
import { nameInFieldSelector } from './field-selector.js';
import type { ListSnapshots } from './list-snapshots.js';
import { flag, selectorOf, tooLargeVersion, versionParameter, wholeNumber } from './query.js';

const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

export interface Listed {
  items: readonly KubeObject[];
  metadata: ListMeta;
}

interface Page {
  objects: readonly KubeObject[];
  version: string;
  /** index of the first object of this page */
  start: number;
}

/**
 * Reads a list: selectors, limit and continue, resourceVersion. A list that is read in pages is the list of its first
 * page. Throws 400 on bad parameters, 410 when the version or continue token is too old, 504 when it is in the future.
 */
export function readList(
  store: ObjectStore,
  snapshots: ListSnapshots,
  key: string,
  namespace: string | undefined,
  query: URLSearchParams,
): Listed {
  checkVersion(store, query);
  const wanted = selectorOf(key, query);
  const limit = wholeNumber(query, 'limit') ?? 0;
  const only = nameInFieldSelector(query.get('fieldSelector') ?? '');
  if (only !== undefined && namespace !== undefined) {
    const found = store.get(key, namespace, only);
    const items = found !== undefined && (wanted?.(found) ?? true) ? [found] : [];
    return { items, metadata: { resourceVersion: store.resourceVersion } };
  }
  const page = firstOrNextPage(store, snapshots, key, namespace, query.get('continue'));
  const { items, next } = take(page, wanted, limit);
  const metadata: ListMeta = { resourceVersion: page.version };
  if (next < page.objects.length) {
    snapshots.keep(snapshotId(key, namespace, page.version), page.objects);
    metadata.continue = continueToken(page.version, page.objects[next - 1]);
    if (wanted === undefined) metadata.remainingItemCount = page.objects.length - next;
  }
  return { items, metadata };
}

function checkVersion(store: ObjectStore, query: URLSearchParams): void {
  const version = versionParameter(query);
  const match = query.get('resourceVersionMatch');
  if (flag(query, 'sendInitialEvents')) {
    throw new StatusError(422, 'Invalid', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list');
  }
  if (match !== null && version === undefined) {
    throw badRequest(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (version === undefined) return;
  const current = Number(store.resourceVersion);
  if (version > current) throw tooLargeVersion(version, store.resourceVersion);
  if (match === 'Exact' && version < current) throw expired('The resourceVersion for the provided list is too old.');
}

function firstOrNextPage(
  store: ObjectStore,
  snapshots: ListSnapshots,
  key: string,
  namespace: string | undefined,
  token: string | null,
): Page {
  if (token === null || token === '') {
    return { objects: store.list(key, namespace), version: store.resourceVersion, start: 0 };
  }
  const { version, last } = parseToken(token);
  const objects = snapshots.get(snapshotId(key, namespace, version));
  if (objects === undefined) throw expired(CONTINUE_EXPIRED);
  const start = objects.findIndex((object) => placeOf(object) === last) + 1;
  return { objects, version, start };
}

function take({ objects, start }: Page, wanted: ((object: KubeObject) => boolean) | undefined, limit: number) {
  if (limit <= 0) {
    const rest = start === 0 ? objects : objects.slice(start);
    return { items: wanted === undefined ? rest : rest.filter((object) => wanted(object)), next: objects.length };
  }
  const items: KubeObject[] = [];
  let next = start;
  for (; next < objects.length && items.length < limit; next += 1) {
    const object = objects[next];
    if (object !== undefined && (wanted?.(object) ?? true)) items.push(object);
  }
  return { items, next };
}

function snapshotId(key: string, namespace: string | undefined, version: string): string {
  return `${version} ${key} ${namespace ?? ''}`;
}

function placeOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}\u0000`;
}

function continueToken(version: string, last: KubeObject | undefined): string {
  const start = last === undefined ? '' : placeOf(last);
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(version), start })).toString('base64url');
}

function parseToken(token: string): { version: string; last: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const version = numberAt(parsed, 'rv');
    const last = stringAt(parsed, 'start');
    if (isFields(parsed) && version !== undefined && last !== undefined) return { version: String(version), last };
  } catch {
    // not JSON: answered below like any other token that was not made here
  }
  throw badRequest('continue key is not valid: illegal base64 data or structure');
}
