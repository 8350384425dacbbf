import { availableIn, isActive, isAvailable, isFinished, isReady, ordinalOf } from './pods.js';
import { pod, ready } from './testing/objects.js';
import { VirtualClock } from './testing/virtual-clock.js';

const clock = new VirtualClock(Date.parse('2026-01-01T00:00:10Z'));
const ENDING = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('a pod', () => {
  const rows: [string, ReturnType<typeof pod>, { active: boolean; finished: boolean; ready: boolean }][] = [
    ['that runs', pod('p', ready()), { active: true, finished: false, ready: true }],
    ['that is not ready', pod('p'), { active: true, finished: false, ready: false }],
    ['that ends', pod('p', ready(), ENDING), { active: false, finished: false, ready: true }],
    ['that is done', pod('p', { phase: 'Succeeded' }), { active: false, finished: true, ready: false }],
    ['that failed', pod('p', { phase: 'Failed' }), { active: false, finished: true, ready: false }],
  ];
  it.each(rows)('%s', (_which, one, expected) => {
    expect({ active: isActive(one), finished: isFinished(one), ready: isReady(one) }).toEqual(expected);
  });
});

describe('a pod is available', () => {
  const rows: [string, ReturnType<typeof pod>, number | undefined, number][] = [
    ['at once', pod('p', ready()), undefined, 0],
    ['after a while of being ready', pod('p', ready()), 15, 5000],
    ['after that while', pod('p', ready()), 10, 0],
    ['never while it is not ready', pod('p'), 0, Number.POSITIVE_INFINITY],
  ];
  it.each(rows)('%s', (_when, one, minReadySeconds, ms) => {
    expect(availableIn(one, minReadySeconds, clock)).toBe(ms);
    expect(isAvailable(one, minReadySeconds, clock)).toBe(ms === 0);
  });
});

describe('the ordinal of a pod', () => {
  const rows: [string, number][] = [
    ['db-0', 0],
    ['a-db-12', 12],
    ['web', -1],
    ['web-7d9f-x2b4z', -1],
  ];
  it.each(rows)('%s', (name, ordinal) => {
    expect(ordinalOf(pod(name))).toBe(ordinal);
  });
});
