import { TenantryError } from '../../platform/errors.js';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { Owners } from './owners.service.js';

const acme = { id: 'a', slug: 'acme' };
const globex = { id: 'g', slug: 'globex' };

/** Instances `i-<tenant>-<n>`, and how often somebody asked. */
function world(lasting = true): { owners: Owners; asked: string[] } {
  const lookups = new OwnerLookups();
  const asked: string[] = [];
  lookups.add('instance', {
    find: (id: string, reach: Reach) => {
      asked.push(id);
      return Promise.resolve(idsWithin(reach)?.find((tenant) => id.startsWith(`i-${tenant}-`)));
    },
    notFound: () => new TenantryError('not_found', 'instance_not_found', 'no'),
    lasting,
  });
  return { owners: new Owners(lookups), asked };
}

describe('whose a thing is', () => {
  it('is asked once for what is the caller’s own', async () => {
    const { owners, asked } = world();
    expect(await owners.find('instance', 'i-a-1', [acme, globex])).toBe('a');
    expect(await owners.find('instance', 'i-a-1', [acme])).toBe('a');
    expect(asked).toEqual(['i-a-1']);
  });

  it('is asked each time for what is foreign or not there, so that both take as long', async () => {
    const { owners, asked } = world();
    await owners.find('instance', 'i-a-1', [acme]);
    for (const id of ['i-a-1', 'i-a-1', 'i-x-1', 'i-x-1']) {
      expect(await owners.find('instance', id, [globex])).toBeUndefined();
    }
    expect(asked).toEqual(['i-a-1', 'i-a-1', 'i-a-1', 'i-x-1', 'i-x-1']);
  });

  it('is asked each time where names change hands', async () => {
    const { owners, asked } = world(false);
    for (let n = 0; n < 3; n += 1) await owners.find('instance', 'i-a-1', [acme]);
    expect(asked).toHaveLength(3);
  });

  it('is told by one room a kind', () => {
    const { notFound, find, lasting } = {
      notFound: () => new TenantryError('not_found', 'x', 'x'),
      find: async () => undefined,
      lasting: true,
    };
    const lookups = new OwnerLookups();
    expect(() => lookups.of('operation')).toThrow('no room says whose a thing of kind operation is');
    lookups.add('operation', { find, notFound, lasting });
    expect(() => lookups.add('operation', { find, notFound, lasting })).toThrow('two rooms say');
    expect([lookups.has('operation'), lookups.has('tenant')]).toEqual([true, false]);
  });
});
