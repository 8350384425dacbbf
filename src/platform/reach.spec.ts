import { callerReach } from './caller-reach.js';
import { idsWithin, tenantWithin } from './reach.js';
import { contextOf, runInContext } from './request-context.js';

const acme = { id: '1', slug: 'acme' };
const globex = { id: '2', slug: 'globex' };

describe('the reach of a caller', () => {
  it('is that of the running request', () => {
    const context = { ...contextOf('r', undefined), reach: [acme] };
    expect(runInContext(context, callerReach)).toEqual([acme]);
  });

  it('is nothing that could be asked for where nobody was let in', () => {
    expect(callerReach).toThrow('no caller');
    expect(() => runInContext(contextOf('r', undefined), callerReach)).toThrow('no caller');
  });

  it('filters by ids, or not at all', () => {
    expect([idsWithin('all'), idsWithin([]), idsWithin([acme, globex])]).toEqual([undefined, [], ['1', '2']]);
  });

  it.each([
    ['1', acme],
    ['globex', globex],
    ['3', undefined],
    ['ACME', undefined],
    ['', undefined],
  ])('finds a tenant by both of its names: %j', (name, expected) => {
    expect(tenantWithin([acme, globex], name)).toBe(expected);
  });
});
