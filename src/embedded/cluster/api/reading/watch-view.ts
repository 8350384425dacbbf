import type { KubeObject } from '../../store/kube-object.js';
import { bookmarkLine, type WatchEvent } from './watch-event.js';

/** How one watch shows its events. */
export interface WatchView {
  key: string;
  namespace: string | undefined;
  apiVersion: string;
  kind: string;
  /** another form than the object as it is stored */
  line?: (event: WatchEvent) => Buffer;
  bookmark?: (resourceVersion: string, initialEventsEnd: boolean) => Buffer;
}

/** Whether an object is in the namespace a watch is limited to. */
export function isInNamespace(object: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

/** The bookmark of a view at a version. */
export function bookmarkOf(view: WatchView, resourceVersion: string, initialEventsEnd: boolean): Buffer {
  if (view.bookmark !== undefined) return view.bookmark(resourceVersion, initialEventsEnd);
  return bookmarkLine(view.apiVersion, view.kind, resourceVersion, initialEventsEnd);
}
