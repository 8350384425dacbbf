import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';
import type { ChangeContext } from './change-context.js';
import { chainHead, type Checkpoint } from './checkpoint.js';
import type { CountedAttempt } from './denied-attempt.js';

const draft = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('draft'),
    number: z.int(),
    prev_hash: z.string(),
    heads: z.array(chainHead),
  }),
  z.object({ outcome: z.literal('nothing') }),
]);
export type CheckpointDraft = z.infer<typeof draft>;

const appended = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('appended'), hash: z.string() }),
  z.object({ outcome: z.literal('stale') }),
]);

const expired = z.object({ outcome: z.enum(['expired', 'nothing']), removed: z.int(), more: z.boolean() });

/** What keeps the trail trustworthy and bounded: checkpoints, retention, counted refusals. */
@Injectable()
export class AuditUpkeepStore {
  constructor(private readonly database: Database) {}

  async registerKey(keyId: string, publicKey: string, context: ChangeContext): Promise<void> {
    await this.database.rpc(
      'audit_key_register',
      { p_key_id: keyId, p_public_key: publicKey, p_context: { ...context } },
      { idempotent: true },
    );
  }

  /** The next checkpoint, over at most `limit` chains, without its signature. */
  async draftCheckpoint(limit: number): Promise<CheckpointDraft> {
    return draft.parse(await this.database.rpc('audit_checkpoint_draft', { p_limit: limit }, { idempotent: true }));
  }

  async appendCheckpoint(signed: Omit<Checkpoint, 'hash'>, context: ChangeContext): Promise<z.infer<typeof appended>> {
    const answer = await this.database.rpc('audit_checkpoint_append', {
      p_number: signed.number,
      p_at: signed.at,
      p_prev_hash: signed.prev_hash,
      p_heads: signed.heads,
      p_key_id: signed.key_id,
      p_signature: signed.signature,
      p_context: { ...context },
    });
    return appended.parse(answer);
  }

  /** Removes the content of at most `limit` rows that are `days` old. */
  async expire(days: number, limit: number, context: ChangeContext): Promise<z.infer<typeof expired>> {
    const answer = await this.database.rpc('audit_expire', { p_days: days, p_limit: limit, p_context: { ...context } });
    return expired.parse(answer);
  }

  /** @param kinds how many kinds a minute are told apart, for known callers and for others */
  async deny(attempts: readonly CountedAttempt[], kinds: number, signal: AbortSignal): Promise<void> {
    await this.database.rpc('audit_deny', { p_attempts: z.json().parse(attempts), p_kinds: kinds }, { signal });
  }

  /** Tells what was counted in minutes that are over. @returns how many windows were closed, at most `limit` */
  async closeDenied(limit: number): Promise<number> {
    return z.int().parse(await this.database.rpc('audit_close_denied', { p_limit: limit }));
  }
}
