import type { KubeObject } from '../store/kube-object.js';
import { ObjectStore } from '../store/object-store.js';
import { forbidden } from '../store/status-error.js';
import { asNew } from './cluster-view.js';
import type { Occurrence } from './event-object.js';
import { EventRecorder } from './event-recorder.js';
import { VirtualClock } from './testing/virtual-clock.js';

const HOUR_MS = 3_600_000;
let clock: VirtualClock;
let store: ObjectStore;
let recorder: EventRecorder;
let pod: KubeObject;

beforeEach(() => {
  clock = new VirtualClock();
  store = new ObjectStore({ now: () => new Date(clock.now()) });
  recorder = new EventRecorder(store, clock, { ttlMs: HOUR_MS, count: 30 });
  pod = store.create('/pods', asNew({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' } }));
});

afterEach(() => recorder.stop());

function happen(message: string, more: Partial<Occurrence> = {}): void {
  recorder.record('kubelet', pod, { type: 'Warning', reason: 'BackOff', message, ...more });
}

function events(): readonly KubeObject[] {
  return store.list('/events');
}

describe('an Event', () => {
  it('has the fields that kubectl reads', () => {
    happen('again', { fieldPath: 'spec.containers{app}' });
    expect(events()[0]).toMatchObject({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^p\.[0-9a-f]{16}$/), namespace: 'ns' },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'ns',
        name: 'p',
        uid: pod.metadata.uid,
        fieldPath: 'spec.containers{app}',
      },
      type: 'Warning',
      reason: 'BackOff',
      message: 'again',
      source: { component: 'kubelet' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    });
  });

  it('counts up when the same happens again', () => {
    happen('again');
    clock.advance(5000);
    happen('again');
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({
      count: 2,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:05Z',
    });
  });

  it('is another one for another reason, place or object', () => {
    happen('again');
    happen('again', { reason: 'Failed' });
    happen('again', { fieldPath: 'spec.containers{app}' });
    const other = store.create(
      '/pods',
      asNew({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'q', namespace: 'ns' } }),
    );
    recorder.record('kubelet', other, { type: 'Warning', reason: 'BackOff', message: 'again' });
    expect(events()).toHaveLength(4);
  });

  it('of a cluster-wide object stands in the namespace default', () => {
    const node = store.create('/nodes', asNew({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }));
    recorder.record('kubelet', node, { type: 'Normal', reason: 'Starting', message: 'here' });
    expect(events()[0]?.metadata.namespace).toBe('default');
    expect(events()[0]?.['involvedObject']).not.toHaveProperty('namespace');
  });

  it('stands for the rest when more than ten differ only in their message', () => {
    for (let i = 0; i < 15; i += 1) happen(`pod ${i} is refused`);
    expect(events()).toHaveLength(11);
    expect(events().at(-1)).toMatchObject({ count: 5, message: '(combined from similar events): pod 14 is refused' });
  });

  it('is not written where nothing may be', () => {
    store.admitWith(() => {
      throw forbidden('', 'events', 'x', 'unable to create new content in namespace ns because it is being terminated');
    });
    happen('again');
    expect([events(), recorder.size]).toEqual([[], 0]);
  });
});

describe('the number of Events stays flat', () => {
  it('because each is forgotten when it was not seen for its time', () => {
    happen('early');
    clock.advance(HOUR_MS / 2);
    happen('late');
    happen('early and late');
    clock.advance(HOUR_MS / 2 + 2000);
    expect(events().map((event) => event['message'])).toEqual(['late', 'early and late']);
    clock.advance(HOUR_MS);
    expect([events(), recorder.size, clock.waiting]).toEqual([[], 0, 0]);
  });

  it('because one that goes on happening is kept', () => {
    for (let i = 0; i < 5; i += 1) {
      happen('again');
      clock.advance(HOUR_MS / 2);
    }
    expect(events()).toHaveLength(1);
  });

  it('because the oldest make room above the limit', () => {
    for (let i = 0; i < 100; i += 1) happen('again', { reason: `Reason${i}` });
    expect(events()).toHaveLength(30);
    expect(events()[0]).toMatchObject({ reason: 'Reason70' });
  });

  it('also those of before a restart', () => {
    happen('again');
    recorder.stop();
    recorder = new EventRecorder(store, clock, { ttlMs: HOUR_MS, count: 30 });
    happen('again');
    expect(events()[0]).toMatchObject({ count: 2 });
    clock.advance(2 * HOUR_MS);
    expect(events()).toEqual([]);
  });

  it('also when somebody else deletes them', () => {
    happen('again');
    store.delete('/events', 'ns', events()[0]?.metadata.name ?? '');
    happen('again');
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({ count: 1 });
  });
});
