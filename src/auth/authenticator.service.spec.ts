import { TenantryError } from '../platform/errors.js';
import { Authenticator } from './authenticator.service.js';
import { newOperatorKey } from './operator-key.js';

describe('telling who a caller is', () => {
  const key = newOperatorKey();
  const authenticator = new Authenticator(key);

  it('knows the operator by the key', () => {
    expect(authenticator.authenticate(`Bearer ${key}`)).toEqual({
      kind: 'operator',
      id: 'operator',
      display: 'Operator',
    });
  });

  it.each([
    ['no header', undefined, 'Send an API key: Authorization: Bearer <key>.'],
    ['another scheme', `Basic ${key}`, 'The Authorization header is not of the form: Bearer <key>.'],
    ['the bare key', key, 'The Authorization header is not of the form: Bearer <key>.'],
    ['another key', `Bearer ${newOperatorKey()}`, 'The API key is not known.'],
    ['nearly the key', `Bearer ${key.slice(0, -1)}`, 'The API key is not known.'],
  ])('knows nobody by %s', (_, header, message) => {
    const attempt = () => authenticator.authenticate(header);
    expect(attempt).toThrow(TenantryError);
    expect(attempt).toThrow(expect.objectContaining({ kind: 'unauthenticated', code: 'unauthenticated', message }));
  });
});
