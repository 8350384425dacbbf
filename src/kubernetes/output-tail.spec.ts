import * as fc from 'fast-check';

import { OutputTail } from './output-tail.js';

test('keeps the last bytes, whatever the chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 })),
      fc.integer({ min: 1, max: 50 }),
      (chunks, limit) => {
        const tail = new OutputTail(limit);
        for (const chunk of chunks) tail.add(Buffer.from(chunk));
        const all = chunks.join('');
        expect(tail.text()).toBe(all.slice(Math.max(0, all.length - limit)));
        expect(tail.truncated).toBe(all.length > limit);
      },
    ),
  );
});

test('does not hold on to what it lets go', () => {
  const tail = new OutputTail(1000);
  for (let round = 0; round < 10_000; round += 1) tail.add(Buffer.alloc(1000));
  expect(tail.text()).toHaveLength(1000);
});

test('an empty chunk is nothing, and an exact fit is whole', () => {
  const tail = new OutputTail(2);
  for (const chunk of ['', 'ab', '']) tail.add(Buffer.from(chunk));
  expect([tail.text(), tail.truncated]).toEqual(['ab', false]);
});
