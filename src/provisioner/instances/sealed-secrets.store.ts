import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';

const sealedSecrets = z.object({ place: z.string(), tenant_id: z.string(), name: z.string(), sealed: z.string() });

/** Sealed secrets of an instance, and where they are written. */
export type SealedSecrets = z.infer<typeof sealedSecrets>;

/** Every query about secrets that an older key sealed. */
@Injectable()
export class SealedSecretsStore {
  constructor(private readonly database: Database) {}

  /**
   * Those that do not begin as what the newest key seals, by place, after the given one.
   * @param prefix as `sealPrefix` tells it
   */
  async sealedOtherwise(prefix: string, after: string, limit: number, signal: AbortSignal): Promise<SealedSecrets[]> {
    const args = { p_prefix: prefix, p_after: after, p_limit: limit };
    const answer = await this.database.rpc('secrets_sealed_otherwise', args, { idempotent: true, signal });
    return z.array(sealedSecrets).parse(answer);
  }

  /** @returns whether it still was what it was said to be, and was replaced */
  async sealAnew({ place, sealed }: SealedSecrets, now: string, signal: AbortSignal): Promise<boolean> {
    return this.database.rpc('secrets_seal_anew', { p_place: place, p_was: sealed, p_now: now }, { signal });
  }
}
