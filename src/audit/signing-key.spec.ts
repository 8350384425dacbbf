import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { isSignedBy, isSigningKey, jwkOf, keyIdOf, newSigningKey, publicJwk, SigningKey } from './signing-key.js';

describe('the key that signs checkpoints', () => {
  const key = new SigningKey(newSigningKey());

  it('is verified by anybody with its public half', () => {
    const signature = key.sign('text');
    expect(isSignedBy(key.publicKey, 'text', signature)).toBe(true);
    const standard = createPublicKey({ key: jwkOf(key.publicKey), format: 'jwk' });
    expect(verify(null, Buffer.from('text'), standard, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it.each([
    ['another text', key.publicKey, 'text2', key.sign('text')],
    ['another key', new SigningKey(newSigningKey()).publicKey, 'text', key.sign('text')],
    ['no signature', key.publicKey, 'text', ''],
    ['no key', 'x', 'text', key.sign('text')],
  ])('is not believed with %s', (_, x, text, signature) => {
    expect(isSignedBy(x, text, signature)).toBe(false);
  });

  it('has the thumbprint of RFC 7638 as its id: the key of RFC 8037 has the one that stands there', () => {
    expect(keyIdOf('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    expect(publicJwk.parse(jwkOf(key.publicKey)).kid).toBe(key.id);
  });

  it('is of Ed25519', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    expect([newSigningKey(), other, 'nonsense', ''].map(isSigningKey)).toEqual([true, false, false, false]);
    expect(() => new SigningKey(other)).toThrow('not of Ed25519');
  });

  it('is new each time', () => {
    expect(newSigningKey()).not.toBe(newSigningKey());
  });
});
