import { notFound } from '../store/status-error.js';
import type { Controller, ObjectId, Requeue } from './controller.js';
import { VirtualClock } from './testing/virtual-clock.js';
import { DEFAULT_TIMING } from './timing.js';
import { WorkQueue } from './work-queue.js';

let clock: VirtualClock;
let queue: WorkQueue;
let seen: string[];
let reported: string[];

beforeEach(() => {
  clock = new VirtualClock();
  seen = [];
  reported = [];
  queue = new WorkQueue(clock, { ...DEFAULT_TIMING, retryMs: 5, retryMaxMs: 1000 }, (error, who, { name }) => {
    reported.push(`${who} ${name}: ${error instanceof Error ? error.message : ''}`);
  });
});

function controller(work: (id: ObjectId, requeue: Requeue) => void = () => undefined): Controller {
  return {
    name: 'c',
    watches: {},
    reconcile: (asked, requeue) => {
      seen.push(`${asked.name}@${clock.now() % 100_000}`);
      work(asked, requeue);
    },
  };
}

function id(name: string): ObjectId {
  return { namespace: 'ns', name };
}

const START = Date.parse('2026-01-01T00:00:00Z') % 100_000;

function at(ms: number): number {
  return START + ms;
}

describe('the work queue', () => {
  it('does each thing once however often it is asked for, in order', () => {
    const one = controller();
    for (const name of ['a', 'b', 'a', 'a']) queue.add(one, id(name));
    expect(seen).toEqual([]);
    clock.advance(0);
    expect(seen).toEqual([`a@${at(0)}`, `b@${at(0)}`]);
  });

  it('tells apart controllers, namespaces and types', () => {
    const one = controller();
    const other = { ...controller(), name: 'd' };
    queue.add(one, id('a'));
    queue.add(other, id('a'));
    queue.add(one, { namespace: 'other', name: 'a' });
    queue.add(one, { ...id('a'), key: '/pods' });
    clock.advance(0);
    expect(seen).toHaveLength(4);
  });

  it('does again what is asked for while it is done', () => {
    let times = 0;
    const one: Controller = controller(() => {
      times += 1;
      if (times < 3) queue.add(one, id('a'));
    });
    queue.add(one, id('a'));
    clock.advance(0);
    expect(seen).toHaveLength(3);
  });

  it('works in batches, so that other work gets its turn', () => {
    const one = controller();
    for (let i = 0; i < 200; i += 1) queue.add(one, id(`n${i}`));
    const turns: number[] = [];
    const watch = () => {
      turns.push(seen.length);
      if (turns.length < 5) clock.soon(watch);
    };
    clock.soon(watch);
    clock.advance(0);
    expect(turns).toEqual([64, 128, 192, 200, 200]);
  });

  it('of several later times takes the earliest', () => {
    const one = controller();
    for (const ms of [300, 100, 200]) queue.addAfter(one, id('a'), ms);
    clock.advance(1000);
    expect(seen).toEqual([`a@${at(100)}`]);
  });

  it('tries again after longer and longer waits what fails, and begins anew after a success', () => {
    let failing = true;
    const one = controller(() => {
      if (failing) throw new Error('broken');
    });
    queue.add(one, id('a'));
    clock.advance(80);
    expect(seen).toEqual([0, 5, 15, 35, 75].map((ms) => `a@${at(ms)}`));
    expect(reported[0]).toBe('c a: broken');
    failing = false;
    clock.advance(10_000);
    const before = seen.length;
    failing = true;
    queue.add(one, id('a'));
    clock.advance(6);
    expect(seen).toHaveLength(before + 2);
    queue.stop();
  });

  it('does not report refusals of the API as faults', () => {
    queue.add(
      controller(() => {
        throw notFound('', 'pods', 'p');
      }),
      id('a'),
    );
    clock.advance(100);
    expect(seen.length).toBeGreaterThan(2);
    expect(reported).toEqual([]);
    queue.stop();
  });

  it('one failure holds up nothing else', () => {
    const one = controller(({ name }) => {
      if (name === 'a') throw new Error('broken');
    });
    queue.add(one, id('a'));
    queue.add(one, id('b'));
    clock.advance(0);
    expect(seen).toEqual([`a@${at(0)}`, `b@${at(0)}`]);
    queue.stop();
  });
});

describe('settled', () => {
  it('at once when there is nothing to do', async () => {
    await expect(queue.settled()).resolves.toBeUndefined();
  });

  it('when what is under way is done, deadlines left out', async () => {
    let steps = 0;
    const one = controller((_id, requeue) => {
      steps += 1;
      if (steps < 3) requeue.after(100);
      else requeue.after(60_000, { background: true });
    });
    queue.add(one, id('a'));
    let done = false;
    const settled = queue.settled().then(() => (done = true));
    clock.advance(150);
    await Promise.resolve();
    expect(done).toBe(false);
    clock.advance(100);
    await settled;
    expect(steps).toBe(3);
    queue.stop();
  });

  it('when the queue stops', async () => {
    queue.addAfter(controller(), id('a'), 1000);
    const settled = queue.settled();
    queue.stop();
    await settled;
    expect(clock.waiting).toBe(0);
    queue.add(controller(), id('b'));
    queue.addAfter(controller(), id('b'), 1);
    expect(clock.waiting).toBe(0);
  });
});
