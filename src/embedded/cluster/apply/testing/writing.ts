import { StatusError } from '../../store/status-error.js';
import { isObject, type JsonObject, listAt, objectAt, textAt, valueAt, withValueAt } from '../json.js';
import { type Apply, applyServerSide } from '../server-side-apply.js';
import { trackUpdate } from '../track-update.js';

export const EARLIER = '2026-11-20T10:00:00Z';
export const LATER = '2026-11-20T11:00:00Z';

/** Where a workload keeps its containers. */
export const CONTAINERS = ['spec', 'template', 'spec', 'containers'] as const;

/** A Deployment with one container, as somebody applies it. */
export function deployment(spec: JsonObject = {}, container: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', namespace: 'fl', labels: { app: 'a' } },
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: {
        metadata: { labels: { app: 'a' } },
        spec: { containers: [{ name: 'app', image: 'a:1', ...container }] },
      },
      ...spec,
    },
  };
}

/** The first container of a workload. */
export function firstContainer(object: JsonObject): JsonObject {
  const [container] = listAt(object, ...CONTAINERS);
  return isObject(container) ? container : {};
}

function kindOf(object: JsonObject): { apiVersion: string; kind: string } {
  return { apiVersion: textAt(object, 'apiVersion') ?? '', kind: textAt(object, 'kind') ?? '' };
}

/** Applies as helm does, unless told otherwise. */
export function apply(live: JsonObject | undefined, applied: JsonObject, options: Partial<Apply> = {}): JsonObject {
  const asHelm = { manager: 'helm', force: false, time: EARLIER };
  return applyServerSide({ ...kindOf(applied), live, applied, ...asHelm, ...options }).object;
}

/** Writes an object as an update, or as a create when there is no live one. */
export function update(
  live: JsonObject | undefined,
  updated: JsonObject,
  manager: string,
  subresource = '',
): JsonObject {
  return trackUpdate({ ...kindOf(updated), live, updated, manager, subresource, time: LATER });
}

/** What refuses an act. Throws when nothing does. */
export function refusal(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** The entries of managedFields. */
export function ownersOf(object: JsonObject): JsonObject[] {
  return listAt(object, 'metadata', 'managedFields').filter(isObject);
}

/** The names of the managers, in order. */
export function managersOf(object: JsonObject): unknown[] {
  return ownersOf(object).map(({ manager }) => manager);
}

/** What a manager owns. */
export function fieldsOf(object: JsonObject, manager: string): JsonObject {
  return (
    objectAt(
      ownersOf(object).find((owner) => owner['manager'] === manager),
      'fieldsV1',
    ) ?? {}
  );
}

/** What a manager owns of the container `app`. */
export function containerFields(object: JsonObject, manager: string): unknown {
  return valueAt(fieldsOf(object, manager), 'f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"app"}');
}

/** The object with another image in its first container. */
export function setImage(object: JsonObject, image: string): JsonObject {
  return withValueAt(object, CONTAINERS, [{ ...firstContainer(object), image }]);
}
