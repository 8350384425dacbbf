import fc from 'fast-check';
import { inspect } from 'node:util';
import { SetClock } from './testing/set-clock.js';
import { VerifiedTokens } from './verified-tokens.js';

const hour = 3_600_000;

describe('tokens that were verified', () => {
  let clock: SetClock;
  const claimsFor = (userId: string, seconds = 3_600) => ({
    userId,
    email: undefined,
    expiresAt: new Date(clock.seconds(seconds) * 1_000),
    secondFactor: false,
  });

  beforeEach(() => {
    clock = new SetClock();
  });

  it('are known again, and no others', () => {
    const tokens = new VerifiedTokens(10, hour);
    const claims = claimsFor('ann');
    tokens.add('a.b.c', claims, clock.now());
    expect(tokens.get('a.b.c', clock.now())).toBe(claims);
    for (const other of ['a.b.C', 'a.b.c ', 'a.b', '']) expect(tokens.get(other, clock.now())).toBeUndefined();
  });

  it('are known until they expire, and take no place then', () => {
    const tokens = new VerifiedTokens(10, 2 * hour);
    tokens.add('a.b.c', claimsFor('ann', 60), clock.now());
    clock.advance(59);
    expect(tokens.get('a.b.c', clock.now())).toBeDefined();
    clock.advance(1);
    expect(tokens.get('a.b.c', clock.now())).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  it('are verified anew after a while, however long they are good for', () => {
    const tokens = new VerifiedTokens(10, 600_000);
    tokens.add('a.b.c', claimsFor('ann', 1_000_000), clock.now());
    clock.advance(599);
    expect(tokens.get('a.b.c', clock.now())).toBeDefined();
    clock.advance(1);
    expect(tokens.get('a.b.c', clock.now())).toBeUndefined();
  });

  it('are so many at most; the one that was not used for longest goes first', () => {
    const tokens = new VerifiedTokens(2, hour);
    for (const name of ['a', 'b']) tokens.add(name, claimsFor(name), clock.now());
    tokens.get('a', clock.now());
    tokens.add('c', claimsFor('c'), clock.now());
    expect(['a', 'b', 'c'].map((name) => tokens.get(name, clock.now())?.userId)).toEqual(['a', undefined, 'c']);
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        for (const name of names) tokens.add(name, claimsFor(name), clock.now());
        expect(tokens.size).toBeLessThanOrEqual(2);
        const last = names.at(-1);
        if (last !== undefined) expect(tokens.get(last, clock.now())?.userId).toBe(last);
      }),
    );
  });

  it('are all forgotten when asked', () => {
    const tokens = new VerifiedTokens(2, hour);
    tokens.add('a', claimsFor('a'), clock.now());
    tokens.clear();
    expect(tokens.get('a', clock.now())).toBeUndefined();
  });

  it('are not kept themselves', () => {
    const tokens = new VerifiedTokens(2, hour);
    tokens.add('header.payload.signature', claimsFor('ann'), clock.now());
    expect(inspect(tokens, { depth: 9 })).not.toContain('signature');
  });
});
