import fc from 'fast-check';
import { newTenant, tenantChange } from './tenant.js';

const minimal = { slug: 'acme', name: 'Acme' };

function faultsOf(body: object, schema: typeof newTenant | typeof tenantChange = newTenant): string[] {
  const parsed = schema.safeParse(body);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('/'));
}

describe('a new tenant', () => {
  it('needs a slug and a name; the rest is free, UTC and empty', () => {
    expect(newTenant.parse(minimal)).toEqual({ ...minimal, plan: 'free', time_zone: 'UTC', metadata: {} });
  });

  it.each(['a', '0', 'a-b', 'a'.repeat(63), 'deadbeef'])('may be called %s', (slug) => {
    expect(faultsOf({ ...minimal, slug })).toEqual([]);
  });

  it.each(['', '-a', 'a-', 'A', 'a_b', 'a.b', 'ä', 'a b', 'a'.repeat(64), '01900000-0000-7000-8000-00000000000a'])(
    'may not be called %j',
    (slug) => {
      expect(faultsOf({ ...minimal, slug })).toEqual(['slug']);
    },
  );

  it('is never called like an id', () => {
    fc.assert(
      fc.property(fc.uuid(), (slug) => {
        expect(faultsOf({ ...minimal, slug })).toEqual(['slug']);
      }),
    );
  });

  it.each<[string, object, string[]]>([
    ['a name of white space', { name: '   ' }, ['name']],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, ['name']],
    ['a plan nobody sells', { plan: 'gold' }, ['plan']],
    ['a time zone nobody lives in', { time_zone: 'Mars/Olympus' }, ['time_zone']],
    ['an abbreviation for a time zone', { time_zone: 'PST' }, ['time_zone']],
    ['an offset for a time zone', { time_zone: '+01:00' }, ['time_zone']],
    ['metadata of more than 16 KiB', { metadata: { note: 'x'.repeat(16_384) } }, ['metadata']],
    ['metadata that is a list', { metadata: [] }, ['metadata']],
    ['a member nobody knows', { colour: 'red' }, ['']],
    ['several faults', { slug: 'A', plan: 'gold', time_zone: '' }, ['slug', 'plan', 'time_zone']],
  ])('is refused with %s', (_what, parts, pointers) => {
    expect(faultsOf({ ...minimal, ...parts })).toEqual(pointers);
  });

  it.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires'])('may live in %s', (time_zone) => {
    expect(faultsOf({ ...minimal, time_zone })).toEqual([]);
  });

  it('has a name without white space around it', () => {
    expect(newTenant.parse({ ...minimal, name: '  Acme  ' }).name).toBe('Acme');
  });
});

describe('a change of a tenant', () => {
  it('may be of any part, or of none, and fills in nothing', () => {
    expect(tenantChange.parse({})).toEqual({});
    expect(tenantChange.parse({ plan: 'starter' })).toEqual({ plan: 'starter' });
  });

  it('never renames the slug, which names namespaces', () => {
    expect(faultsOf({ slug: 'other' }, tenantChange)).toEqual(['']);
  });
});
