import fc from 'fast-check';
import { claimsOf, proofOf, requirementsOf } from './user-token.js';

const secret = 's'.repeat(32);
const jwksUrl = 'https://abc.supabase.co/auth/v1/.well-known/jwks.json';
const both = { secret, jwksUrl };

const encoded = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const tokenWith = (header: unknown): string => `${encoded(header)}.${encoded({ sub: 'somebody' })}.c2lnbmF0dXJl`;

describe('how a token must be proven', () => {
  it('by the secret, where it says HS256', () => {
    expect(proofOf(tokenWith({ alg: 'HS256' }), both)).toEqual({
      kind: 'secret',
      algorithm: 'HS256',
      secret: Buffer.from(secret),
    });
  });

  it.each(['ES256', 'RS256', 'EdDSA'])('by a listed key, where it says %s', (algorithm) => {
    const proof = { kind: 'public_key', algorithm };
    expect(proofOf(tokenWith({ alg: algorithm, kid: 'a' }), both)).toEqual({ ...proof, keyId: 'a' });
    expect(proofOf(tokenWith({ alg: algorithm }), both)).toEqual({ ...proof, keyId: undefined });
  });

  it.each([
    ['HS256 where there is no secret', { alg: 'HS256', kid: 'a' }, { jwksUrl }],
    ['ES256 where no keys are listed', { alg: 'ES256', kid: 'a' }, { secret }],
    ['RS256 where no keys are listed', { alg: 'RS256', kid: 'a' }, { secret }],
    ['none', { alg: 'none' }, both],
    ['None', { alg: 'None' }, both],
    ['hs256', { alg: 'hs256' }, both],
    ['HS384', { alg: 'HS384' }, both],
    ['HS512', { alg: 'HS512' }, both],
    ['RS512', { alg: 'RS512', kid: 'a' }, both],
    ['PS256', { alg: 'PS256', kid: 'a' }, both],
    ['no algorithm', { kid: 'a' }, both],
    ['a number', { alg: 256 }, both],
    ['a list', { alg: ['HS256'] }, both],
    ['none first and HS384 then', JSON.parse('{"alg": "none", "alg": "HS384"}'), both],
    ['a key id that is no text', { alg: 'ES256', kid: 1 }, both],
    ['a key id of 257 characters', { alg: 'ES256', kid: 'k'.repeat(257) }, both],
    ['no object', ['alg', 'HS256'], both],
    ['nothing', null, both],
  ])('not at all, where it says %s', (_, header, issuer) => {
    expect(proofOf(tokenWith(header), issuer)).toBeUndefined();
  });

  it('not at all, where it is none', () => {
    for (const text of ['', '.', '..', '...', 'a.b.c', 'tnt_live_key', encoded('HS256'), '=.=.=']) {
      expect(proofOf(text, both)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => proofOf(text, both) === undefined));
  });

  it('not at all, where it is longer than any token', () => {
    const longest = tokenWith({ alg: 'HS256' });
    expect(proofOf(longest.padEnd(8_192, 'A'), both)).toBeDefined();
    expect(proofOf(longest.padEnd(8_193, 'A'), both)).toBeUndefined();
  });
});

describe('what every token must say', () => {
  it('is the audience, an end, a user and a role, and the issuer where that has a name', () => {
    const always = { audience: 'authenticated', requiredClaims: ['exp', 'sub', 'role'] };
    expect(requirementsOf({ secret })).toEqual(always);
    expect(requirementsOf({ name: 'https://abc/auth/v1', jwksUrl })).toEqual({
      ...always,
      issuer: 'https://abc/auth/v1',
    });
  });
});

describe('the claims of a user', () => {
  const sub = '01900000-0000-7000-8000-00000000000a';
  const good = { sub, role: 'authenticated', exp: 1_767_225_600, email: 'ann@acme.test' };

  it('are whom it was given to and until when', () => {
    const expiresAt = new Date('2026-01-01T00:00:00Z');
    expect(claimsOf(good)).toEqual({ userId: sub, email: 'ann@acme.test', expiresAt, secondFactor: false });
    expect(claimsOf({ ...good, sub: sub.toUpperCase() })?.userId).toBe(sub);
    expect(claimsOf({ ...good, email: undefined })).toEqual({
      userId: sub,
      email: undefined,
      expiresAt,
      secondFactor: false,
    });
    expect(claimsOf({ ...good, email: 7 })).toEqual({ userId: sub, email: undefined, expiresAt, secondFactor: false });
  });

  it.each([
    ['the role anon', { role: 'anon' }],
    ['the role service_role', { role: 'service_role' }],
    ['the role postgres', { role: 'postgres' }],
    ['no role', { role: undefined }],
    ['several roles', { role: ['authenticated'] }],
    ['a user that is no UUID', { sub: 'ann' }],
    ['no user', { sub: undefined }],
    ['an end that is no number', { exp: '1767225600' }],
    ['an end no calendar has', { exp: 1e300 }],
  ])('are not there with %s', (_, change) => {
    expect(claimsOf({ ...good, ...change })).toBeUndefined();
  });
});
