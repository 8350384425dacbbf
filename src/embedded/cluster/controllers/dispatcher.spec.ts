import { ObjectStore, type StoreEvent } from '../store/object-store.js';
import { asNew } from './cluster-view.js';
import { idOf, type Controller } from './controller.js';
import { Dispatcher } from './dispatcher.js';
import { VirtualClock } from './testing/virtual-clock.js';
import { DEFAULT_TIMING } from './timing.js';
import { WorkQueue } from './work-queue.js';

function make(name: string, namespace = 'ns') {
  return asNew({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
}

function watcher(name: string, key: string) {
  const events: string[] = [];
  const done: string[] = [];
  const watch = (event: StoreEvent, enqueue: Parameters<Controller['watches'][string]>[1]): void => {
    events.push(`${event.type} ${event.object.metadata.name}`);
    enqueue(idOf(event.object));
  };
  const controller: Controller = { name, watches: { [key]: watch }, reconcile: (id) => void done.push(id.name) };
  return { controller, events, done };
}

describe('the dispatcher', () => {
  const clock = new VirtualClock();
  const start = (...controllers: Controller[]) => {
    const store = new ObjectStore();
    store.create('/configmaps', make('there'));
    const queue = new WorkQueue(clock, DEFAULT_TIMING, () => undefined);
    return { store, stop: new Dispatcher(queue, controllers).start(store) };
  };

  it('tells of what is there, and then of changes, to those who watch that type', () => {
    const [maps, secrets] = [watcher('maps', '/configmaps'), watcher('secrets', '/secrets')];
    const { store } = start(maps.controller, secrets.controller);
    store.create('/configmaps', make('new'));
    store.delete('/configmaps', 'ns', 'there');
    clock.advance(0);
    expect(maps.events).toEqual(['ADDED there', 'ADDED new', 'DELETED there']);
    expect(maps.done).toEqual(['there', 'new']);
    expect(secrets.events).toEqual([]);
  });

  it('tells those of everything who watch everything', () => {
    const all = watcher('all', '*');
    const { store } = start(all.controller);
    store.create('/secrets', asNew({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'ns' } }));
    expect(all.events).toEqual(['ADDED there', 'ADDED s']);
  });

  it('tells no more when it is stopped', () => {
    const maps = watcher('maps', '/configmaps');
    const { store, stop } = start(maps.controller);
    stop();
    store.create('/configmaps', make('late'));
    expect(maps.events).toEqual(['ADDED there']);
  });
});
