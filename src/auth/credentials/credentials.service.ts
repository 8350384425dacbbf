import { Injectable } from '@nestjs/common';
import { CredentialChanges } from './credential-changes.service.js';
import { type CredentialChange, CredentialsStore } from './credentials.store.js';
import { type KeyRecord, toKeyRecord } from './key-record.js';
import { type Recalled, Remembered } from './remembered.js';

/** What credentials prove, from memory where that is young enough. */
@Injectable()
export class Credentials {
  private readonly changes: CredentialChanges;
  private readonly keys: Remembered<KeyRecord>;

  constructor(store: CredentialsStore) {
    this.changes = new CredentialChanges(store);
    this.keys = new Remembered(this.changes, {
      read: async (hash) => {
        const facts = await store.findKey(hash);
        return facts === undefined ? undefined : toKeyRecord(facts);
      },
      isAbout: isAboutKey,
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

  /** After this replica has changed a key: it holds here no moment longer. Others hear of it within a second. */
  keyChanged(id: string): void {
    this.changes.forget({ kind: 'key', subject: id });
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
      return false;
  }
}
