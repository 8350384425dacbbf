import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import fc from 'fast-check';
import { SetClock } from './testing/set-clock.js';
import { ListingIssuer, makeKey, sign, type SigningKey } from './testing/token-issuer.service.js';
import { UserTokens } from './user-tokens.service.js';

const userId = '01900000-0000-7000-8000-00000000000a';
const secret = 'the-shared-secret-of-a-project-1234567890';
const refused = {
  kind: 'unauthenticated',
  code: 'unauthenticated',
  message: 'The user token is not accepted; sign in again.',
};

const encoded = (part: string | object): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const signedWith = (key: string, header: string | object, claims: object): string => {
  const text = `${encoded(header)}.${encoded(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

describe('verifying the token of a user', () => {
  const keys: Record<string, SigningKey> = {};
  let issuer: ListingIssuer;
  let clock: SetClock;
  let tokens: UserTokens;
  const key = (name: string): SigningKey => keys[name] ?? fail(`no key ${name}`);
  const claims = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
    iss: issuer.described.name,
    sub: userId,
    aud: 'authenticated',
    role: 'authenticated',
    email: 'ann@acme.test',
    iat: clock.seconds(),
    exp: clock.seconds(3_600),
    session_id: '01900000-0000-7000-8000-00000000000b',
    ...change,
  });
  const expectRefused = (token: string, by = tokens): Promise<void> =>
    expect(by.verify(token)).rejects.toMatchObject(refused);

  beforeAll(async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA']) keys[algorithm] = await makeKey(algorithm, `id-${algorithm}`);
    keys['other'] = await makeKey('ES256', 'id-ES256');
    issuer = await ListingIssuer.start();
  });
  afterAll(() => issuer.stop());
  beforeEach(() => {
    issuer.lists(key('ES256'), key('RS256'), key('EdDSA'));
    issuer.answer = undefined;
    issuer.asked = 0;
    clock = new SetClock();
    tokens = new UserTokens(issuer.described, clock);
  });

  it.each(['ES256', 'RS256', 'EdDSA'])('tells whose it is, when a listed key signed it with %s', async (algorithm) => {
    expect(await tokens.verify(await sign(claims(), key(algorithm)))).toEqual({
      userId,
      email: 'ann@acme.test',
      expiresAt: new Date(clock.seconds(3_600) * 1_000),
      secondFactor: false,
    });
  });

  it('tells whose it is, when the secret signed it', async () => {
    const bySecret = new UserTokens({ secret }, clock);
    const token = signedWith(secret, { alg: 'HS256', typ: 'JWT' }, claims({ iss: undefined }));
    expect((await bySecret.verify(token)).userId).toBe(userId);
    expect(issuer.asked).toBe(0);
  });

  it('takes either kind, where a project moves from one to the other', async () => {
    const both = new UserTokens({ ...issuer.described, secret }, clock);
    expect((await both.verify(signedWith(secret, { alg: 'HS256' }, claims()))).userId).toBe(userId);
    expect((await both.verify(await sign(claims(), key('ES256')))).userId).toBe(userId);
  });

  it('asks for a second factor where it is told to, and says so to whose token is good but for that', async () => {
    const strict = new UserTokens(issuer.described, clock, { secondFactor: true });
    for (const aal of [undefined, 'aal1', 'AAL2', 2, ['aal2']]) {
      const token = await sign(claims({ aal }), key('ES256'));
      await expect(strict.verify(token)).rejects.toMatchObject({
        kind: 'unauthenticated',
        message: expect.stringContaining('second factor'),
      });
      expect((await tokens.verify(token)).secondFactor).toBe(false);
      // Nor from memory.
      await expect(strict.verify(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
    }
    const strong = await sign(claims({ aal: 'aal2' }), key('ES256'));
    expect(await strict.verify(strong)).toMatchObject({ userId, secondFactor: true });
    const forged = await sign(claims({ aal: 'aal1' }), key('other'));
    await expect(strict.verify(forged)).rejects.toThrow('is not accepted');
  });

  it('allows for clocks that differ by five seconds, and no more', async () => {
    for (const [change, isGood] of [
      [{ exp: -4 }, true],
      [{ exp: -5 }, false],
      [{ nbf: 5 }, true],
      [{ nbf: 6 }, false],
    ] as const) {
      const moved = Object.fromEntries(Object.entries(change).map(([name, offset]) => [name, clock.seconds(offset)]));
      const token = await sign(claims(moved), key('ES256'));
      if (isGood) expect((await tokens.verify(token)).userId).toBe(userId);
      else await expectRefused(token);
    }
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['that has expired', () => ({ exp: clock.seconds(-3_600) })],
    ['that never expires', () => ({ exp: undefined })],
    ['that is not good yet', () => ({ nbf: clock.seconds(60) })],
    ['of another issuer', () => ({ iss: 'https://other.supabase.co/auth/v1' })],
    ['of no issuer', () => ({ iss: undefined })],
    ['for another audience', () => ({ aud: 'anon' })],
    ['for no audience', () => ({ aud: undefined })],
    ['of the role anon', () => ({ role: 'anon' })],
    ['of the role service_role', () => ({ role: 'service_role' })],
    ['of the role postgres', () => ({ role: 'postgres' })],
    ['of no role', () => ({ role: undefined })],
    ['of a user that is none', () => ({ sub: '00000000' })],
    ['of nobody', () => ({ sub: undefined })],
  ])('refuses one %s, although its signature holds', async (_, change) => {
    await expectRefused(await sign(claims(change()), key('ES256')));
  });

  describe('refuses a forged one', () => {
    it('without a signature', async () => {
      for (const alg of ['none', 'None', 'NONE', '']) {
        await expectRefused(`${encoded({ alg, typ: 'JWT' })}.${encoded(claims())}.`);
        await expectRefused(`${encoded({ alg, kid: 'id-ES256' })}.${encoded(claims())}.${'A'.repeat(86)}`);
      }
      const [header = '', payload = ''] = (await sign(claims(), key('ES256'))).split('.');
      for (const end of ['', '.', '.AAAA', `.${'A'.repeat(86)}`]) await expectRefused(`${header}.${payload}${end}`);
    });

    it('signed by HMAC with the public key for a secret', async () => {
      const publicKey = await importJWK(key('RS256').publicJwk, 'RS256', { extractable: true });
      if (publicKey instanceof Uint8Array) throw new TypeError('an RSA key is no bytes');
      const pem = await exportSPKI(publicKey);
      for (const forger of [pem, pem.trim(), JSON.stringify(key('RS256').publicJwk), key('RS256').publicJwk.n ?? '']) {
        const forged = signedWith(forger, { alg: 'HS256', kid: 'id-RS256' }, claims());
        await expectRefused(forged);
        await expectRefused(forged, new UserTokens({ ...issuer.described, secret }, clock));
      }
    });

    it('signed by a key of the same id', async () => {
      await expectRefused(await sign(claims(), key('other')));
    });

    it('signed by a key that it brings along', async () => {
      const { publicJwk: jwk } = key('other');
      const jku = issuer.described.jwksUrl;
      for (const brought of [{ jwk }, { jku, jwk }, { jku, kid: 'none' }, { x5u: jku, x5c: ['AAAA'] }]) {
        await expectRefused(await sign(claims(), key('other'), brought));
      }
    });

    it('that says it is signed with another algorithm than its key has', async () => {
      await expectRefused(await sign(claims(), key('other'), { kid: 'id-RS256' }));
      const [, payload, signature] = (await sign(claims(), key('ES256'))).split('.');
      await expectRefused(`${encoded({ alg: 'RS256', kid: 'id-ES256' })}.${payload}.${signature}`);
    });

    it('whose header says one thing twice', async () => {
      const twice = '{"alg":"none","alg":"HS256","typ":"JWT"}';
      const bySecret = new UserTokens({ secret }, clock);
      await expectRefused(`${encoded(twice)}.${encoded(claims())}.`, bySecret);
      await expectRefused(signedWith('guess', twice, claims()), bySecret);
      const otherWay = '{"alg":"HS256","alg":"none"}';
      await expectRefused(signedWith(secret, otherWay, claims()), bySecret);
      await expectRefused(`${encoded(otherWay)}.${encoded(claims())}.`, bySecret);
    });

    it('with something changed, anywhere', async () => {
      const token = await sign(claims(), key('ES256'));
      await fc.assert(
        fc.asyncProperty(fc.nat(token.length - 1), fc.string({ maxLength: 3 }), async (at, text) => {
          const changed = token.slice(0, at) + text + token.slice(at + 1);
          // The last character of base64url has bits that mean nothing.
          if (decoded(changed) === decoded(token)) return;
          await expectRefused(changed);
        }),
      );
    });
  });

  it('refuses what a token may say that nobody here understands', async () => {
    for (const header of [{ crit: ['exp'], exp: 1 }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: ['alg'] }]) {
      const text = `${encoded({ alg: 'HS256', ...header })}.${encoded(claims())}`;
      const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      await expectRefused(token, new UserTokens({ secret }, clock));
    }
  });

  it('refuses garbage, and never says anything else', async () => {
    const texts = ['', '.', '..', '....', 'a.b.c', 'null.null.null', encoded({ alg: 'ES256' }), 'ä.ö.ü', '\0'];
    for (const text of texts) await expectRefused(text);
    await fc.assert(fc.asyncProperty(fc.string(), (text) => expectRefused(text)));
    const part = fc.json().map(encoded);
    await fc.assert(fc.asyncProperty(fc.tuple(part, part, part), (parts) => expectRefused(parts.join('.'))));
    const header = fc.record({
      alg: fc.constantFrom('ES256', 'RS256', 'EdDSA'),
      kid: fc.constantFrom('id-ES256', 'id-RS256'),
    });
    await fc.assert(
      fc.asyncProperty(header, fc.json(), fc.base64String(), (first, payload, signature) =>
        expectRefused(`${encoded(first)}.${encoded(payload)}.${signature}`),
      ),
    );
    expect(issuer.asked).toBe(1);
  });

  it('refuses one of 100 kB before it does any work for it', async () => {
    const token = await sign(claims({ app_metadata: 'x'.repeat(100_000) }), key('ES256'));
    await expectRefused(token);
    expect(issuer.asked).toBe(0);
  });

  it('refuses an unknown key, and takes it once it is listed', async () => {
    const rotated = await makeKey('ES256', 'rotated');
    const token = await sign(claims(), rotated);
    await expectRefused(token);
    issuer.lists(rotated);
    await expectRefused(token);
    expect(issuer.asked).toBe(1);
    clock.advance(30);
    expect((await tokens.verify(token)).userId).toBe(userId);
    await expectRefused(await sign(claims(), key('ES256')));
    expect(issuer.asked).toBe(2);
  });

  it('verifies a token once, and knows it while it is good', async () => {
    const token = await sign(claims({ exp: clock.seconds(60) }), key('ES256'));
    const claimed = await tokens.verify(token);
    // Nothing could verify it now.
    issuer.lists();
    expect(await tokens.verify(token)).toBe(claimed);
    clock.advance(66);
    await expectRefused(token);
  });

  it('forgets all it knows when it is flushed', async () => {
    const token = await sign(claims(), key('ES256'));
    await tokens.verify(token);
    issuer.lists();
    tokens.flush();
    await expectRefused(token);
    expect(issuer.asked).toBe(2);
  });

  it('does not call a token bad when the keys cannot be had', async () => {
    issuer.answer = (response) => response.writeHead(500).end();
    const token = await sign(claims(), key('ES256'));
    await expect(tokens.verify(token)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'user_tokens_unavailable',
      members: { retry_after_seconds: 2 },
    });
    issuer.answer = undefined;
    clock.advance(2);
    expect((await tokens.verify(token)).userId).toBe(userId);
  });

  it('tells nothing of a token in what it throws', async () => {
    const token = await sign(claims({ email: 'canary@acme.test', exp: clock.seconds(-60) }), key('ES256'));
    const error: unknown = await tokens.verify(token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refused);
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/canary|expired|eyJ/);
  });
});

function decoded(token: string): string {
  const parts = token.split('.');
  const exact = parts.every((part) => /^[\w-]*$/.test(part));
  return exact ? parts.map((part) => Buffer.from(part, 'base64url').toString('hex')).join('.') : token;
}

function fail(message: string): never {
  throw new Error(message);
}
