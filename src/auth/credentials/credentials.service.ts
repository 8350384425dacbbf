import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { MembershipsStore } from '../user-tokens/memberships.store.js';
import { UserTokens } from '../user-tokens/user-tokens.service.js';
import { CredentialChanges } from './credential-changes.service.js';
import { type CredentialChange, CredentialsStore, patienceMs } from './credentials.store.js';
import { type KeyRecord, toKeyRecord } from './key-record.js';
import { type Recalled, Remembered } from './remembered.js';
import { toUserRecord, type UserRecord } from './user-record.js';

/** What credentials prove, from memory where that is young enough. */
@Injectable()
export class Credentials {
  private readonly changes: CredentialChanges;
  private readonly keys: Remembered<KeyRecord>;
  private readonly users: Remembered<UserRecord>;

  constructor(
    private readonly store: CredentialsStore,
    memberships: MembershipsStore,
    userTokens: UserTokens,
  ) {
    this.changes = new CredentialChanges(store);
    this.changes.onForget((change) => {
      if (change === 'everything' || change.kind === 'issuer') userTokens.flush();
    });
    this.keys = new Remembered(this.changes, {
      read: async (hash) => {
        const facts = await store.findKey(hash);
        return facts === undefined ? undefined : toKeyRecord(facts);
      },
      isAbout: isAboutKey,
    });
    this.users = new Remembered(this.changes, {
      read: async (userId) => toUserRecord(await memberships.of(userId, AbortSignal.timeout(patienceMs))),
      isAbout: isAboutUser,
    });
  }

  /** A key by its hash (SHA-256 in hex), at once; undefined when the database must be asked. */
  recallKey(hash: string): Recalled<KeyRecord> | undefined {
    return this.keys.recall(hash);
  }

  /** @throws TenantryError `unavailable` */
  findKey(hash: string, staleSeconds?: number): Promise<KeyRecord | undefined> {
    return this.keys.find(hash, staleSeconds);
  }

  /** What a user is a member of. @throws TenantryError `unavailable` */
  findUser(userId: string, staleSeconds?: number): Promise<UserRecord | undefined> {
    return this.users.find(userId, staleSeconds);
  }

  /** After this replica has changed a key: it holds here no moment longer. Others hear of it within a second. */
  keyChanged(id: string): void {
    this.changes.forget({ kind: 'key', subject: id });
  }

  /** Has every replica judge user tokens by the keys that their issuer lists from now on: this one at once, the others within a second. */
  async flushUserTokens(context: ChangeContext): Promise<void> {
    await this.store.flushUserTokens(context);
    this.changes.forget({ kind: 'issuer', subject: 'all' });
  }
}

function isAboutUser({ kind, subject }: CredentialChange, userId: string, user: UserRecord | undefined): boolean {
  switch (kind) {
    case 'user':
      return userId === subject;
    case 'tenant':
      return user?.grants.some(({ tenant }) => tenant.id === subject) ?? false;
    case 'key':
    case 'issuer':
      return false;
  }
}

/** That a hash is no key's stays so: nobody has a key before it is written. */
function isAboutKey({ kind, subject }: CredentialChange, _hash: string, key: KeyRecord | undefined): boolean {
  switch (kind) {
    case 'key':
      return key?.id === subject;
    case 'tenant':
      return key?.tenantId === subject;
    case 'user':
    case 'issuer':
      return false;
  }
}
