import { stringAt } from '../store/fields.js';
import type { KubeObject } from '../store/kube-object.js';
import type { Draft } from './cluster-view.js';

export interface Occurrence {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `spec.containers{app}` */
  fieldPath?: string;
}

/** A new v1 Event in the form that `kubectl describe` and `kubectl events` read. `now` is RFC 3339. */
export function eventObject(
  name: string,
  source: string,
  about: KubeObject,
  { type, reason, message, fieldPath }: Occurrence,
  now: string,
): Draft {
  const { namespace, uid, resourceVersion } = about.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name: about.metadata.name,
      uid,
      resourceVersion,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    type,
    reason,
    message,
    source: { component: source },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    eventTime: null,
    reportingComponent: source,
    reportingInstance: '',
  };
}

/** Reads back what an Event tells, whoever wrote it. `lastSeen` in milliseconds since the epoch. */
export function describeEvent(event: KubeObject) {
  const fieldPath = stringAt(event, 'involvedObject', 'fieldPath');
  const occurrence: Occurrence = {
    type: event['type'] === 'Warning' ? 'Warning' : 'Normal',
    reason: stringAt(event, 'reason') ?? '',
    message: stringAt(event, 'message') ?? '',
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
  return {
    source: stringAt(event, 'source', 'component') ?? stringAt(event, 'reportingComponent') ?? '',
    aboutUid: stringAt(event, 'involvedObject', 'uid') ?? '',
    occurrence,
    lastSeen: Date.parse(stringAt(event, 'lastTimestamp') ?? event.metadata.creationTimestamp),
  };
}
