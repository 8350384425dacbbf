import { entry } from './testing/trail.js';
import { digestOf, hashOf, type TrailEntry } from './trail-entry.js';

describe('the hashes of an entry', () => {
  it('are what they always were: a change of them breaks every trail that exists', () => {
    // Computed by a script in another language, from the description in the README.
    expect(entry).toMatchObject({
      digest: '345b15f9e0291977583e7951dbcd28559a079d7178f942d32e12fbb0e018490e',
      hash: 'a53e4b4a4132be3435805790398324d9464380caabaddb21c03de76a3f2f79aa',
    });
  });

  const content: Partial<TrailEntry>[] = [
    { actor: 'u' },
    { credential: null },
    { address: '192.0.2.2' },
    { request_id: '' },
    { resource_id: 't2' },
    { nonce: '4f0c8a52-0000-4000-8000-000000000001' },
    { before: 'null' },
    { after: '{"n": 1}' },
  ];
  it.each(content)('cover the content: %j', (change) => {
    expect(digestOf({ ...entry, ...change })).not.toBe(entry.digest);
  });

  it('tell apart to which field a text belongs', () => {
    expect(digestOf({ ...entry, before: '1', after: null })).not.toBe(digestOf({ ...entry, before: null, after: '1' }));
  });

  const place: Partial<TrailEntry>[] = [
    { id: 8 },
    { chain: 'other' },
    { seq: 4 },
    { at: '2026-01-01T00:00:00.000001Z' },
    { action: 'tenant.change' },
    { resource_type: 'tenants' },
    { digest: 'ab' },
    { prev_hash: 'ab' },
  ];
  it.each(place)('cover the place: %j', (change) => {
    expect(hashOf({ ...entry, ...change })).not.toBe(entry.hash);
  });

  it('of the place need no content', () => {
    const nothing = { actor: null, credential: null, address: null, request_id: null, resource_id: null, nonce: null };
    expect(hashOf({ ...entry, ...nothing, before: null, after: null, expired_at: 'now' })).toBe(entry.hash);
  });
});
