import fc from 'fast-check';
import { dateIn, dayOf, isOlderThan, isSetAside, liveNameOf, nextName, rotatedNames } from './spool-file-name.js';

describe('the names of a log', () => {
  it('three rotations on one day', () => {
    const names: string[] = [];
    for (let n = 0; n < 3; n += 1) names.push(nextName('usage', names, '2030-01-05'));
    expect(names).toEqual(['usage.2030-01-05.jsonl', 'usage.2030-01-05.1.jsonl', 'usage.2030-01-05.2.jsonl']);
  });

  it.each([
    [[], '2030-01-05', 'usage.2030-01-05.jsonl'],
    [['usage.2030-01-05.1.jsonl'], '2030-01-05', 'usage.2030-01-05.2.jsonl'],
    [['usage.2030-01-05.9.jsonl', 'usage.2030-01-05.10.jsonl'], '2030-01-05', 'usage.2030-01-05.11.jsonl'],
    [['usage.2030-01-05.3.jsonl'], '2030-01-06', 'usage.2030-01-06.jsonl'],
    [['usage.2030-01-05.3.jsonl'], '2030-01-04', 'usage.2030-01-05.4.jsonl'],
    [
      ['usage.rejected.2030-01-07.jsonl', 'usage.jsonl', 'usage.2030-01-07.jsonl.damaged'],
      '2030-01-05',
      'usage.2030-01-05.jsonl',
    ],
  ])('after %j on %s comes %s', (names, today, expected) => {
    expect(nextName('usage', names, today)).toBe(expected);
  });

  it('tell the order of rotations, on whatever days, also when the first of them are gone', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(2))), (steps) => {
        let names: string[] = [];
        for (const [day, drained] of steps) {
          names = names.slice(drained);
          names.push(nextName('usage', names.toReversed(), `2030-01-0${day + 1}`));
          expect(rotatedNames('usage', names.toReversed())).toEqual(names);
        }
      }),
    );
  });

  it('are of one log or another', () => {
    const names = [
      'usage.2030-01-05.jsonl',
      'usage.rejected.2030-01-05.jsonl',
      'usage.x.jsonl',
      'owner',
      'usage.jsonl',
    ];
    expect(rotatedNames('usage', names)).toEqual(['usage.2030-01-05.jsonl']);
    expect(rotatedNames('usage.rejected', names)).toEqual(['usage.rejected.2030-01-05.jsonl']);
    expect([liveNameOf('usage'), liveNameOf('usage.rejected')]).toEqual(['usage.jsonl', 'usage.rejected.jsonl']);
  });

  it.each([
    ['usage.jsonl', false],
    ['usage.2030-01-05.jsonl', false],
    ['usage.2030-01-05.12.jsonl', false],
    ['usage.rejected.jsonl', false],
    ['usage.rejected.2030-01-05.jsonl', true],
    ['usage.rejected.old.jsonl', true],
    ['usage.2030-01-05.jsonl.damaged', true],
    ['owner', false],
  ])('%s may be removed for its age: %s', (name, expected) => {
    expect(isSetAside(name)).toBe(expected);
  });

  it.each([
    ['usage.rejected.2030-01-05.3.jsonl', Date.UTC(2030, 0, 5)],
    ['usage.2030-01-05.jsonl.damaged', Date.UTC(2030, 0, 5)],
    ['usage.rejected.2030-13-45.jsonl', undefined],
    ['usage.rejected.old.jsonl', undefined],
  ])('the day in %s', (name, expected) => {
    expect(dateIn(name)).toBe(expected);
  });

  it('are too old after so many days', () => {
    const now = new Date('2030-04-05T12:00:00Z');
    const ago = (days: number): number => Date.parse(`${dayOf(new Date(now.getTime() - days * 86_400_000))}T00:00:00Z`);
    expect(isOlderThan(90, ago(89), now)).toBe(false);
    expect(isOlderThan(90, ago(91), now)).toBe(true);
  });
});
