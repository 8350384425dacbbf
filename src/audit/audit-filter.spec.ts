import { z } from 'zod';
import { encodeCursor } from '../platform/http/pagination.js';
import { auditQuery, beginsWith } from './audit-filter.js';

const query = z.strictObject(auditQuery);

describe('what the trail can be asked for', () => {
  it('is taken as it is', () => {
    const asked = { actor: 'a', action: 'denied.', from: '2026-01-01T00:00:00Z', cursor: encodeCursor(7), limit: '3' };
    expect(query.parse(asked)).toEqual({ ...asked, cursor: 7, limit: 3 });
  });

  it.each([
    ['an action that is none', { action: 'a%' }],
    ['an empty actor', { actor: '' }],
    ['a time that is none', { from: 'yesterday' }],
    ['a time without Z', { to: '2026-01-01T00:00:00+01:00' }],
    ['a cursor of another list', { cursor: encodeCursor('x') }],
    ['something else', { colour: 'red' }],
  ])('is refused with %s', (_, asked) => {
    expect(query.safeParse(asked).success).toBe(false);
  });

  it.each([
    ['instance.', 'instance.%'],
    ['a_b', String.raw`a\_b%`],
    ['100%', String.raw`100\%%`],
    ['a\\b', String.raw`a\\b%`],
  ])('by a beginning %s is the pattern %s', (prefix, pattern) => {
    expect(beginsWith(prefix)).toBe(pattern);
  });
});
