import fc from 'fast-check';
import { cursorOf, digestOf, queryCursor } from './query-cursor.js';
import { lossyNumber, rangeOf, type UsageQuery } from './usage-query.js';

describe('the range of a query', () => {
  const now = new Date('2026-11-20T13:37:00.123Z');
  it.each([
    ['UTC', '2026-10-21T00:00:00Z'],
    ['Europe/Berlin', '2026-10-20T22:00:00Z'],
    ['Asia/Kathmandu', '2026-10-20T18:15:00Z'],
  ])('is the last 30 days by the clocks of %s', (zone, from) => {
    expect(rangeOf({}, zone, now)).toEqual({ from, to: '2026-11-20T13:45:00.000Z' });
  });

  it('holds what came five minutes ahead of its time', () => {
    expect(rangeOf({}, 'UTC', new Date('2026-11-20T13:40:00.001Z')).to).toBe('2026-11-20T14:00:00.000Z');
  });

  it('is as it was asked for', () => {
    const asked = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00.000001Z' };
    expect(rangeOf(asked, 'UTC', now)).toEqual(asked);
  });
});

describe('a decimal as a number', () => {
  it.each([
    ['0', 0],
    ['-1.5', -1.5],
    ['9007199254740993', 9_007_199_254_740_992],
    [`1${'0'.repeat(400)}`, Number.MAX_VALUE],
    [`-1${'0'.repeat(400)}`, -Number.MAX_VALUE],
  ])('%s', (decimal, number) => {
    expect(lossyNumber(decimal)).toBe(number);
  });
});

describe('a cursor', () => {
  const query: UsageQuery = {
    slug: 'tokens',
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    windowSize: 'DAY',
    timeZone: 'UTC',
    bounds: [],
    subjects: [],
    bySubject: true,
    groupBy: ['model'],
    filter: { model: ['a', null] },
    mentions: [],
  };

  it('holds the range, the question and the place', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.uuid()), fc.array(fc.option(fc.string())), (window, tenant, values) => {
        const cursor = cursorOf(query, [window, tenant, values]);
        const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
        expect(queryCursor.parse(read)).toEqual([query.from, query.to, digestOf(query), [window, tenant, values]]);
      }),
    );
  });

  it.each<[keyof UsageQuery, Partial<UsageQuery>]>([
    ['slug', { slug: 'calls' }],
    ['from', { from: '2026-01-01T00:00:01Z' }],
    ['to', { to: '2026-02-01T00:00:01Z' }],
    ['windowSize', { windowSize: undefined }],
    ['timeZone', { timeZone: 'Europe/Berlin' }],
    ['subjects', { subjects: ['x'] }],
    ['bySubject', { bySubject: false }],
    ['groupBy', { groupBy: [] }],
    ['filter', { filter: { model: ['a'] } }],
  ])('of another %s is of another question', (_, other) => {
    expect(digestOf({ ...query, ...other })).not.toBe(digestOf(query));
  });
});
