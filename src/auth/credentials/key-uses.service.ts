import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { RecentMap } from '../../platform/recent-map.js';
import { CredentialsStore } from './credentials.store.js';

/** A key's last use is written no more often. */
const noteMs = 60_000;
/** What was noted in this time is written together. */
const gatherMs = 1_000;

/** Writes down when keys were used, beside the requests and not within them. */
@Injectable()
export class KeyUses implements OnApplicationShutdown {
  private readonly logger = new Logger(KeyUses.name);
  private readonly noted = new RecentMap<string, number>(20_000);
  private pending = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: CredentialsStore) {}

  /** Costs nothing but for the first use in a minute. */
  note(keyId: string, now: Date): void {
    const last = this.noted.get(keyId);
    // A clock that was set back must not silence a key for as long.
    if (last !== undefined && Math.abs(now.getTime() - last) < noteMs) return;
    this.noted.set(keyId, now.getTime());
    this.pending.set(keyId, now);
    this.timer ??= setTimeout(() => void this.write(), gatherMs).unref();
  }

  /** Writes what was noted. What cannot be written is lost: the next use in a minute is noted again. */
  async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const uses = this.pending;
    if (uses.size === 0) return;
    this.pending = new Map();
    try {
      await this.store.recordUses(uses);
    } catch (error) {
      this.logger.warn({ message: 'when keys were used last could not be written', err: error });
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.write();
  }
}
