import { Injectable } from '@nestjs/common';
import { TenantryError } from '../platform/errors.js';
import { readBearerToken } from './bearer-token.js';
import { KeyHash } from './operator-key.js';
import type { Principal } from './principal.js';
import { firstOperator } from './principal.js';

/** Tells who a caller is by what the `Authorization` header proves. */
@Injectable()
export class Authenticator {
  private readonly operatorKey: KeyHash;

  constructor(operatorKey: string) {
    this.operatorKey = new KeyHash(operatorKey);
  }

  /** @throws TenantryError `unauthenticated`, in words that do not tell how near the guess was. */
  authenticate(authorization: string | undefined): Principal {
    const bearer = readBearerToken(authorization);
    if (bearer.state === 'missing') throw unauthenticated('Send an API key: Authorization: Bearer <key>.');
    if (bearer.state === 'malformed') {
      throw unauthenticated('The Authorization header is not of the form: Bearer <key>.');
    }
    if (!this.operatorKey.matches(bearer.token)) throw unauthenticated('The API key is not known.');
    return firstOperator;
  }
}

function unauthenticated(message: string): TenantryError {
  return new TenantryError('unauthenticated', 'unauthenticated', message);
}
