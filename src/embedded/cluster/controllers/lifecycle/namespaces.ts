import type { StoreEvent } from '../../store/object-store.js';
import { keyOf, RESOURCE_TYPES } from '../../store/resource-types.js';
import type { Context } from '../context.js';
import type { Controller, Enqueue, ObjectId } from '../controller.js';
import type { Namespace } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import { deletionConditions, type Remaining } from './namespace-deletion.js';

const FINALIZER = 'kubernetes';
const NAMESPACED = RESOURCE_TYPES.filter(({ namespaced }) => namespaced);

/** Empties namespaces that are being deleted and lets them go; says what holds those that cannot go. */
export class NamespaceController implements Controller {
  readonly name = 'namespace-controller';
  readonly watches: Controller['watches'] = {
    '/namespaces': (event, enqueue) => this.namespaceChanged(event, enqueue),
    '*': (event, enqueue) => this.contentChanged(event, enqueue),
  };
  private readonly ending = new Set<string>();

  constructor(private readonly context: Context) {}

  reconcile({ name }: ObjectId): void {
    const { view, clock } = this.context;
    const namespace = view.get('/namespaces', undefined, name);
    if (namespace === undefined || !isTerminating(namespace)) return;
    this.empty(name);
    const remaining = this.remaining(name);
    if (remaining.length === 0) {
      this.letGo(namespace);
      return;
    }
    const conditions = deletionConditions(namespace.status?.conditions, remaining, clock.timestamp());
    view.setStatus('/namespaces', namespace, { ...namespace.status, phase: 'Terminating', conditions });
  }

  private empty(namespace: string): void {
    const { store } = this.context.view;
    for (const type of NAMESPACED) {
      for (const object of store.list(keyOf(type), namespace)) {
        const { name, uid } = object.metadata;
        if (!isTerminating(object)) store.delete(keyOf(type), namespace, name, { preconditions: { uid } });
      }
    }
  }

  private remaining(namespace: string): Remaining[] {
    return NAMESPACED.flatMap((type) => {
      const objects = this.context.view.store.list(keyOf(type), namespace);
      if (objects.length === 0) return [];
      const finalizers = objects.flatMap(({ metadata }) => metadata.finalizers ?? []);
      return [{ resource: `${type.resource}.${type.group}`, count: objects.length, finalizers }];
    });
  }

  private letGo(namespace: Namespace): void {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER);
    this.context.view.update('/namespaces', { ...namespace, spec: { ...namespace.spec, finalizers } });
  }

  private namespaceChanged({ type, object }: StoreEvent, enqueue: Enqueue): void {
    const { name } = object.metadata;
    if (type === 'DELETED') this.ending.delete(name);
    else if (isTerminating(object)) {
      this.ending.add(name);
      enqueue({ namespace: undefined, name });
    }
  }

  private contentChanged({ object }: StoreEvent, enqueue: Enqueue): void {
    const { namespace } = object.metadata;
    if (namespace !== undefined && this.ending.has(namespace)) enqueue({ namespace: undefined, name: namespace });
  }
}
