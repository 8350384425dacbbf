import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { TenantryError } from '../platform/errors.js';
import { isKeyText } from './api-keys/key-text.js';
import { readBearerToken } from './bearer-token.js';
import { Credentials } from './credentials/credentials.service.js';
import { type KeyRecord, principalOfKey } from './credentials/key-record.js';
import { KeyUses } from './credentials/key-uses.service.js';
import { principalOfUser } from './credentials/user-record.js';
import { OperatorKey } from './operator-key.js';
import type { Principal } from './principal.js';
import { firstOperator } from './principal.js';
import { UserTokens } from './user-tokens/user-tokens.service.js';

const userToken = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Tells who a caller is by what the `Authorization` header proves. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly operatorKey: OperatorKey,
    private readonly credentials: Credentials,
    private readonly uses: KeyUses,
    private readonly userTokens: UserTokens,
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
    if (bearer.state === 'missing')
      throw unauthenticated('Send an API key or a user token: Authorization: Bearer <key>.');
    if (bearer.state === 'malformed') {
      throw unauthenticated('The Authorization header is not of the form: Bearer <key>.');
    }
    const name = hash('sha256', bearer.token, 'hex');
    // From Node's pool: a buffer of its own for each request is work for the garbage collector.
    const digest = Buffer.from(name, 'hex');
    if (this.operatorKey.hasDigest(digest)) return firstOperator;
    return this.byKey(bearer.token, name, digest, staleSeconds);
  }

  /** A key in use is recalled by its hash before anything else is looked at. */
  private byKey(
    token: string,
    name: string,
    digest: Buffer,
    staleSeconds: number | undefined,
  ): Principal | Promise<Principal> {
    const recalled = this.credentials.recallKey(name);
    if (recalled !== undefined) return this.admit(recalled.found, digest);
    if (userToken.test(token)) return this.byUserToken(token, staleSeconds);
    if (!isKeyText(token)) throw unknownKey();
    return this.credentials.findKey(name, staleSeconds).then((found) => this.admit(found, digest));
  }

  private async byUserToken(token: string, staleSeconds: number | undefined): Promise<Principal> {
    const { flushes } = this.userTokens;
    const claims = await this.userTokens.verify(token);
    const user = await this.credentials.findUser(claims.userId, staleSeconds);
    // A flush was heard of on the way: what the token was judged by counts no more.
    const current = this.userTokens.flushes === flushes ? claims : await this.userTokens.verify(token);
    return principalOfUser(current, user);
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
