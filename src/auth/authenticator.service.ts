import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { TenantryError } from '../platform/errors.js';
import { isKeyText } from './api-keys/key-text.js';
import { readBearerToken } from './bearer-token.js';
import { Credentials } from './credentials/credentials.service.js';
import { type KeyRecord, principalOfKey } from './credentials/key-record.js';
import { KeyUses } from './credentials/key-uses.service.js';
import { OperatorKey } from './operator-key.js';
import type { Principal } from './principal.js';
import { firstOperator } from './principal.js';

/** Tells who a caller is by what the `Authorization` header proves. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly operatorKey: OperatorKey,
    private readonly credentials: Credentials,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
  ) {}

  /**
   * At once where memory is young enough, so that a known caller costs microseconds.
   * @param staleSeconds how old the knowledge of a key may be while the database does not answer
   * @throws TenantryError `unauthenticated`, in words that do not tell how near a guess was; `unavailable` when the database must
   * be asked and does not answer
   */
  authenticate(authorization: string | undefined, staleSeconds?: number): Principal | Promise<Principal> {
    const bearer = readBearerToken(authorization);
    if (bearer.state === 'missing') throw unauthenticated('Send an API key: Authorization: Bearer <key>.');
    if (bearer.state === 'malformed') {
      throw unauthenticated('The Authorization header is not of the form: Bearer <key>.');
    }
    const digest = hash('sha256', bearer.token, 'buffer');
    if (this.operatorKey.hasDigest(digest)) return firstOperator;
    if (!isKeyText(bearer.token)) throw unknownKey();
    return this.byKey(digest, staleSeconds);
  }

  private byKey(digest: Buffer, staleSeconds: number | undefined): Principal | Promise<Principal> {
    const name = digest.toString('hex');
    const recalled = this.credentials.recallKey(name);
    if (recalled !== undefined) return this.admit(recalled.found, digest);
    return this.credentials.findKey(name, staleSeconds).then((found) => this.admit(found, digest));
  }

  private admit(record: KeyRecord | undefined, digest: Buffer): Principal {
    if (record === undefined) throw unknownKey();
    const now = this.clock.now();
    const principal = principalOfKey(record, digest, now);
    this.uses.note(record.id, now);
    return principal;
  }
}

function unknownKey(): TenantryError {
  return unauthenticated('The API key is not known.');
}

function unauthenticated(message: string): TenantryError {
  return new TenantryError('unauthenticated', 'unauthenticated', message);
}
