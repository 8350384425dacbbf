import { z } from 'zod';
import { itemsOf, memberOf, textOf, whateverElse } from './faulty-input.js';

describe('input that may be faulty', () => {
  it.each([undefined, null, 5, 'text', [], new Date(), { other: 1 }, Object.create({ name: 'of its prototype' })])(
    'has no member, no text and no items in %p',
    (value: unknown) => {
      expect([memberOf(value, 'name'), textOf(value, 'name'), itemsOf(value, 'name')]).toEqual([
        undefined,
        undefined,
        [],
      ]);
    },
  );

  it('has what is there, and nothing that everything has', () => {
    expect([memberOf({ a: null }, 'a'), textOf({ a: '' }, 'a'), itemsOf({ a: [1] }, 'a')]).toEqual([null, '', [1]]);
    expect([textOf({ a: 5 }, 'a'), itemsOf({ a: { 0: 1, length: 1 } }, 'a')]).toEqual([undefined, []]);
    expect(memberOf({}, 'constructor')).toBeUndefined();
  });

  it('is judged by rules between members beside faults of single ones', () => {
    const range = z.strictObject({ from: z.string(), to: z.string(), size: z.int() }).superRefine((given, context) => {
      const [from, to] = [textOf(given, 'from'), textOf(given, 'to')];
      if (from !== undefined && from === to) context.addIssue({ code: 'custom', path: ['to'], message: 'is empty' });
    }, whateverElse);
    const paths = (value: unknown): string[] =>
      (range.safeParse(value).error?.issues ?? []).map(({ path, code }) => `${code} ${path.join('.')}`);
    expect(paths({ from: 'a', to: 'a', size: 'x', more: 1 })).toEqual([
      'invalid_type size',
      'unrecognized_keys ',
      'custom to',
    ]);
    expect(paths({ from: 'a', size: 1 })).toEqual(['invalid_type to']);
    expect(paths(5)).toEqual(['invalid_type ']);
  });
});
