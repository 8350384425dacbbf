import { z } from 'zod';
import { foldObjects } from './query-objects.js';

const schema = z.strictObject({ filter: z.record(z.string(), z.unknown()).optional(), limit: z.string().optional() });

describe('objects in a query', () => {
  it.each([
    [{}, {}],
    [{ limit: '1' }, { limit: '1' }],
    [{ 'filter[color]': 'red', 'filter[size]': ['1', '2'] }, { filter: { color: 'red', size: ['1', '2'] } }],
    [{ 'filter[]': 'red' }, { filter: { '': 'red' } }],
    [{ 'other[color]': 'red' }, { 'other[color]': 'red' }],
    [{ 'filter[a][b]': 'red' }, { 'filter[a][b]': 'red' }],
    [
      { filter: 'x', 'filter[a]': 'red' },
      { filter: 'x', 'filter[a]': 'red' },
    ],
    [{ 'limit[a]': '1' }, { limit: { a: '1' } }],
    [{ 'toString[a]': '1' }, { 'toString[a]': '1' }],
  ])('%j is read as %j', (query, expected) => {
    expect(foldObjects(schema, query)).toEqual(expected);
  });

  it('pollute no prototype', () => {
    const read = foldObjects(schema, { 'filter[__proto__]': 'red' });
    expect(Object.getPrototypeOf(Reflect.get(Object(read), 'filter'))).toBe(Object.prototype);
    expect(JSON.stringify(read)).toBe('{"filter":{"__proto__":"red"}}');
  });

  it('are left alone where the query is none', () => {
    expect(foldObjects(schema, undefined)).toBeUndefined();
  });
});
