import { Injectable, Logger } from '@nestjs/common';
import { currentContext } from '../platform/request-context.js';
import { AuditUpkeepStore } from './audit-upkeep.store.js';
import { type CountedAttempt, type DeniedAttempt, kindOf, networkOf, strangers } from './denied-attempt.js';

/** Kinds a minute that are told apart: some 3 million short rows a month under an attack that never ends from everywhere. */
const kindsAMinute = 50;
/** Kinds that wait for one call; beyond them strangers wait together. */
const kindsAtOnce = 200;
/** How long a refusal waits to be written down. */
const patienceMs = 2_000;
const windowsAtOnce = 500;

/**
 * Writes refused requests to the trail. Whatever is refused while a call to the database is under way goes with the next one, equal
 * attempts as one with a count: a flood costs one small call at a time, and no more rows a minute than there are kinds told apart.
 */
@Injectable()
export class DeniedAttempts {
  private readonly logger = new Logger(DeniedAttempts.name);
  private waiting = new Map<string, CountedAttempt>();
  /** Settles when the call that will carry what waits now has ended. */
  private next: Promise<void> | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly store: AuditUpkeepStore) {}

  /**
   * Await it before the refusal is answered. It takes two calls to the database at most, each bounded in time, and never rejects: when the
   * database is away the refusal stands, and the attempt is in the log.
   */
  record(attempt: DeniedAttempt): Promise<void> {
    this.add(countedOf(attempt));
    this.next ??= this.after(this.running);
    return this.next;
  }

  /** Tells what was counted in minutes that are over. */
  async close(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const closed = await this.store.closeDenied(windowsAtOnce);
      if (closed < windowsAtOnce || signal?.aborted) return;
    }
  }

  private add(attempt: CountedAttempt): void {
    const kind = this.waiting.size < kindsAtOnce || this.waiting.has(kindOf(attempt)) ? attempt : crowded(attempt);
    const key = kindOf(kind);
    const same = this.waiting.get(key);
    this.waiting.set(key, same === undefined ? kind : { ...same, count: same.count + kind.count });
  }

  private async after(earlier: Promise<void>): Promise<void> {
    await earlier;
    const attempts = [...this.waiting.values()];
    this.waiting = new Map();
    this.running = this.write(attempts);
    this.next = undefined;
    await this.running;
  }

  private async write(attempts: readonly CountedAttempt[]): Promise<void> {
    try {
      await this.store.deny(attempts, kindsAMinute, AbortSignal.timeout(patienceMs));
    } catch (error) {
      this.logger.error({ message: 'refused attempts could not be written to the trail', err: error, attempts });
    }
  }
}

function countedOf({ action, reason, resource, ...attempt }: DeniedAttempt): CountedAttempt {
  const { address = null, requestId = null, actor = strangers, credential = null } = currentContext() ?? {};
  return {
    actor: attempt.actor ?? actor,
    credential: attempt.credential ?? credential,
    address,
    network: address === null ? null : networkOf(address),
    request_id: requestId,
    tenant_id: attempt.tenantId ?? null,
    action,
    reason,
    resource_type: resource?.type ?? null,
    resource_id: resource?.id ?? null,
    count: 1,
  };
}

/** One kind for all whom there is no place for. */
function crowded({ count }: CountedAttempt): CountedAttempt {
  const nobody = { credential: null, address: null, network: null, request_id: null, tenant_id: null };
  return {
    actor: 'many',
    action: 'various',
    reason: 'various',
    resource_type: null,
    resource_id: null,
    ...nobody,
    count,
  };
}
