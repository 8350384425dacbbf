import { randomBytes } from 'node:crypto';
import { fingerprint, seal, unseal } from './sealed-secrets.js';

const key = [randomBytes(32)] as const;
const secrets = { '/secrets/KEY': 's3cret', '/db/password': 'pä✓' };

describe('sealed secrets', () => {
  it('open for the same instance and key', () => {
    expect(unseal(seal(secrets, 'i1', key), 'i1', key)).toEqual(secrets);
  });

  it('never look the same twice and show nothing of the secret', () => {
    const text = seal(secrets, 'i1', key);
    expect(text).not.toBe(seal(secrets, 'i1', key));
    expect(Buffer.from(text.split('.')[2] ?? '', 'base64').toString('latin1')).not.toContain('s3cret');
  });

  it('do not open for another instance, with another key, or when changed', () => {
    const text = seal(secrets, 'i1', key);
    const [version, named, sealed = ''] = text.split('.');
    const changed = Buffer.from(sealed, 'base64');
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    expect(() => unseal(text, 'i2', key)).toThrow('unable to authenticate');
    expect(() => unseal(text, 'i1', [randomBytes(32)])).toThrow('not configured');
    expect(() => unseal(`${version}.${named}.${changed.toString('base64')}`, 'i1', key)).toThrow(
      'unable to authenticate',
    );
  });

  it('are told apart by a fingerprint that needs the key and no order', () => {
    const turned = { '/db/password': 'pä✓', '/secrets/KEY': 's3cret' };
    expect(fingerprint(turned, key)).toBe(fingerprint(secrets, key));
    expect(fingerprint(secrets, [randomBytes(32)])).not.toBe(fingerprint(secrets, key));
    expect(fingerprint({ ...secrets, '/secrets/KEY': 'other' }, key)).not.toBe(fingerprint(secrets, key));
  });

  it('keep the fingerprint that an older key made, as long as they are the same', () => {
    const newer = randomBytes(32);
    const old = fingerprint(secrets, key);
    expect(fingerprint(secrets, [newer, ...key], old)).toBe(old);
    expect(fingerprint(secrets, [newer, ...key])).toBe(fingerprint(secrets, [newer]));
    expect(fingerprint({ ...secrets, '/secrets/KEY': 'other' }, [newer, ...key], old)).not.toBe(old);
  });
});
