import { z } from 'zod';
import type { InputPart } from './faults.js';
import { faultsOfIssues, headerName, missingIsRequired, pointerOf } from './faults.js';

function faults(schema: z.ZodType, value: unknown, part: InputPart = 'body') {
  const result = schema.safeParse(value, { error: missingIsRequired });
  return faultsOfIssues(part, result.error?.issues ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('where a fault stands', () => {
  it.each<[InputPart, PropertyKey[], string]>([
    ['body', [], ''],
    ['body', ['a', 0, 'b/c'], '/a/0/b~1c'],
    ['query', ['limit'], '?limit'],
    ['query', ['status', 1], '?status/1'],
    ['query', [], '?'],
    ['params', ['tenant'], '{tenant}'],
    ['headers', ['if-match'], 'If-Match:'],
    ['headers', ['idempotency-key'], 'Idempotency-Key:'],
  ])('%s %j', (part, path, pointer) => {
    expect(pointerOf(part, path)).toBe(pointer);
  });

  it('headers are written as people write them', () => {
    expect(headerName('last-event-id')).toBe('Last-Event-Id');
  });
});

describe('what a fault says', () => {
  it('every unknown member is a fault of its own', () => {
    const schema = z.strictObject({ a: z.strictObject({}) });
    expect(faults(schema, { a: { x: 1, 'y/z': 1 }, b: 1 })).toEqual([
      '/a/x is not known here',
      '/a/y~1z is not known here',
      '/b is not known here',
    ]);
  });

  it('what is absent is required; what has a wrong type is told so', () => {
    const schema = z.object({ a: z.string(), b: z.string(), c: z.enum(['x', 'y']) });
    expect(faults(schema, { b: 1, c: 'z' })).toEqual([
      '/a is required',
      '/b Invalid input: expected string, received number',
      '/c Invalid option: expected one of "x"|"y"',
    ]);
  });

  it("a schema's own words go before ours", () => {
    expect(faults(z.object({ a: z.string('must be the name') }), {})).toEqual(['/a must be the name']);
  });

  it('what has a wrong type is told nothing more', () => {
    expect(faults(z.object({ a: z.string().min(1).regex(/a/) }), { a: [] })).toEqual([
      '/a Invalid input: expected string, received array',
    ]);
  });

  it('of a union, the branch that came closest', () => {
    const chart = z.union([
      z.strictObject({ path: z.string() }),
      z.strictObject({ repository: z.string(), name: z.string(), version: z.string() }),
    ]);
    expect(faults(z.object({ chart }), { chart: { repository: 'r', name: 1, version: 'v' } })).toEqual([
      '/chart/name Invalid input: expected string, received number',
    ]);
    expect(faults(z.object({ chart }), { chart: { path: 1 } })).toEqual([
      '/chart/path Invalid input: expected string, received number',
    ]);
  });

  it('of a union that nothing fits, every branch', () => {
    expect(faults(z.union([z.string(), z.number()]), true)).toEqual([
      ' Invalid input: expected string, received boolean, or: Invalid input: expected number, received boolean',
    ]);
  });

  it('of a discriminated union, the discriminator', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a') }),
      z.object({ kind: z.literal('b') }),
    ]);
    const [fault] = faults(z.object({ it: schema }), { it: { kind: 'c' } });
    expect(fault).toMatch(/^\/it\/kind /);
  });

  it('of a record, the key and the value', () => {
    const schema = z.record(z.string().max(2), z.number());
    expect(faults(schema, { ok: 'x', long: 1 })).toEqual([
      '/ok Invalid input: expected number, received string',
      '/long Too big: expected string to have <=2 characters',
    ]);
  });

  it('never repeats a value', () => {
    const schema = z.object({ a: z.email(), b: z.literal('x'), c: z.number(), d: z.string().regex(/^a$/) });
    const text = faults(schema, { a: 'hunter2', b: 'hunter2', c: 'hunter2', d: 'hunter2' }).join();
    expect(text).not.toContain('hunter2');
  });
});
