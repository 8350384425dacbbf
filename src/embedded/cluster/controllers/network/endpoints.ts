import { isDeepStrictEqual } from 'node:util';

import type { KubeObject } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import { asNew, isOf, type Draft } from '../cluster-view.js';
import type { Context } from '../context.js';
import { idOf, itself, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import { controllerOf, isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished, isReady } from '../pods.js';
import { hasAll } from '../selectors.js';
import { endpointsDraft, podsBehind, selectsPods, sliceDraft } from './endpoint-lists.js';

const SLICES = 'discovery.k8s.io/endpointslices';
const ENDPOINTS = '/endpoints';

/** Lists behind each service the addresses of its pods, in EndpointSlices and in Endpoints. */
export class EndpointsController implements Controller {
  readonly name = 'endpoint-slice-controller';
  readonly watches: Controller['watches'] = {
    '/services': itself,
    '/pods': (event, enqueue) => this.podChanged(event, enqueue),
    [SLICES]: lost,
    [ENDPOINTS]: (event, enqueue) => event.type === 'DELETED' && itself(event, enqueue),
  };

  constructor(private readonly context: Context) {}

  reconcile({ namespace, name }: ObjectId): void {
    const { view } = this.context;
    const service = view.get('/services', namespace, name);
    if (service === undefined) {
      view.store.delete(ENDPOINTS, namespace, name);
      return;
    }
    if (isTerminating(service) || !selectsPods(service) || this.namespaceEnds(namespace)) return;
    const pods = podsBehind(service, view.list('/pods', namespace));
    const zoneOf = (node: string) =>
      view.get('/nodes', undefined, node)?.metadata.labels?.['topology.kubernetes.io/zone'];
    const slice = view.store.list(SLICES, namespace).find((one) => controllerOf(one)?.uid === service.metadata.uid);
    this.write(SLICES, slice, sliceDraft(service, pods, zoneOf));
    this.write(ENDPOINTS, view.store.get(ENDPOINTS, namespace, name), endpointsDraft(service, pods));
  }

  private namespaceEnds(namespace: string | undefined): boolean {
    const found = this.context.view.get('/namespaces', undefined, namespace ?? '');
    return found !== undefined && isTerminating(found);
  }

  private write(key: string, found: KubeObject | undefined, draft: Draft): void {
    const { store } = this.context.view;
    if (found === undefined) {
      store.create(key, asNew(draft));
      return;
    }
    const { metadata, ...content } = draft;
    const { metadata: before, ...old } = found;
    const next = { ...before, labels: { ...before.labels, ...metadata.labels } };
    if (isDeepStrictEqual(content, old) && isDeepStrictEqual(next, before)) return;
    store.update(key, { ...content, metadata: next });
  }

  private podChanged({ type, object, previous }: StoreEvent, enqueue: Enqueue): void {
    if (!isOf('/pods', object)) return;
    const before = previous !== undefined && isOf('/pods', previous) ? previous : undefined;
    const matters = type === 'DELETED' || before === undefined || facts(before) !== facts(object);
    const relabelled = before !== undefined && before.metadata.labels !== object.metadata.labels;
    if (!matters && !relabelled) return;
    for (const service of this.context.view.list('/services', object.metadata.namespace)) {
      const { selector } = service.spec;
      const concerned =
        hasAll(selector, object.metadata.labels) || (relabelled && hasAll(selector, before.metadata.labels));
      if (concerned) enqueue(idOf(service));
    }
  }
}

/** All of a pod that its services' endpoints tell. */
function facts(pod: Pod): string {
  return `${pod.status?.podIP} ${isReady(pod)} ${isTerminating(pod)} ${isFinished(pod)}`;
}

function lost({ type, object }: StoreEvent, enqueue: Enqueue): void {
  const owner = controllerOf(object);
  if (type === 'DELETED' && owner?.kind === 'Service')
    enqueue({ namespace: object.metadata.namespace, name: owner.name });
}
