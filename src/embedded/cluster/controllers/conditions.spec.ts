import type { Condition } from './common-kinds.js';
import { conditionOf, withCondition, withoutCondition } from './conditions.js';

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:09Z';
const ready: Condition = { type: 'Ready', status: 'True', lastTransitionTime: EARLY };

describe('a condition', () => {
  it('is added with its time', () => {
    expect(withCondition(undefined, { type: 'Ready', status: 'True' }, EARLY)).toEqual([ready]);
  });

  it('keeps its time while its status stays, whatever else changes', () => {
    expect(withCondition([ready], { type: 'Ready', status: 'True', reason: 'New' }, LATE)).toEqual([
      { ...ready, reason: 'New' },
    ]);
  });

  it('takes a new time with a new status, and stays in its place', () => {
    const other: Condition = { type: 'Other', status: 'True', lastTransitionTime: EARLY };
    expect(withCondition([ready, other], { type: 'Ready', status: 'False' }, LATE)).toEqual([
      { type: 'Ready', status: 'False', lastTransitionTime: LATE },
      other,
    ]);
  });

  it('is found and taken away', () => {
    expect(conditionOf([ready], 'Ready')).toBe(ready);
    expect(conditionOf(undefined, 'Ready')).toBeUndefined();
    expect(withoutCondition([ready], 'Ready')).toEqual([]);
    expect(withoutCondition(undefined, 'Ready')).toEqual([]);
  });
});
