import { RecentMap } from '../../platform/recent-map.js';
import type { CredentialChanges } from './credential-changes.service.js';
import type { CredentialChange } from './credentials.store.js';
import { unavailable } from './unavailable.js';

export interface RememberedOptions<Found> {
  /** Reads what the database has of a subject now; undefined: nothing. */
  read(subject: string): Promise<Found | undefined>;
  /** Whether a change is about what is remembered (undefined: that there is nothing) of a subject. */
  isAbout(change: CredentialChange, subject: string, found: Found | undefined): boolean;
  /** So many that were found, and as many that were not, each of about a kilobyte at most: guesses push out no key. */
  readonly capacity?: number;
}

/** `nothing` is an answer too: who sends wrong keys does not keep the database busy. */
export type Recalled<Found> = { readonly found: Found | undefined };

/** What a replica remembers of credentials of one kind, as fresh as `CredentialChanges` keeps it. */
export class Remembered<Found> {
  private readonly found: RecentMap<string, Recalled<Found>>;
  private readonly missing: RecentMap<string, Recalled<Found>>;
  private reading = new Map<string, Promise<void>>();

  constructor(
    private readonly changes: CredentialChanges,
    private readonly options: RememberedOptions<Found>,
  ) {
    const { capacity = 10_000 } = options;
    this.found = new RecentMap(capacity);
    this.missing = new RecentMap(capacity);
    changes.onForget((change) => this.forget(change));
  }

  /** At once, and undefined when that cannot be told without the database. */
  recall(subject: string): Recalled<Found> | undefined {
    return this.changes.isFresh() ? this.get(subject) : undefined;
  }

  /** @throws TenantryError `unavailable` when the database cannot be asked, and nothing young enough is remembered */
  async find(subject: string, staleSeconds?: number): Promise<Found | undefined> {
    // What changes while it is read is read again; that it changes all the time is no longer a caller's matter.
    for (let tries = 0; tries < 5; tries += 1) {
      await this.changes.refresh(staleSeconds);
      const known = this.get(subject);
      if (known !== undefined) return known.found;
      await this.read(subject);
    }
    throw unavailable(undefined);
  }

  private get(subject: string): Recalled<Found> | undefined {
    return this.found.get(subject) ?? this.missing.get(subject);
  }

  /** One question for everybody who waits for the same subject. */
  private async read(subject: string): Promise<void> {
    const reading = this.reading.get(subject) ?? this.readNow(subject);
    this.reading.set(subject, reading);
    try {
      await reading;
    } catch (error) {
      throw unavailable(error);
    } finally {
      if (this.reading.get(subject) === reading) this.reading.delete(subject);
    }
  }

  private async readNow(subject: string): Promise<void> {
    const { generation } = this.changes;
    const found = await this.options.read(subject);
    // Something was forgotten meanwhile, perhaps this: it may have been read before the change.
    if (generation !== this.changes.generation) return;
    (found === undefined ? this.missing : this.found).set(subject, { found });
  }

  private forget(change: CredentialChange | 'everything'): void {
    this.reading = new Map();
    for (const map of [this.found, this.missing]) {
      if (change === 'everything') map.clear();
      else map.forget(({ found }, subject) => this.options.isAbout(change, subject, found));
    }
  }
}
