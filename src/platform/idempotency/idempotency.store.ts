import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../database.js';
import type { Claim } from './journal.js';

const claimOutcome = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('claimed'),
    /** By name of the step; journals are sealed. */
    steps: z.record(z.string(), z.object({ result: z.unknown(), journal: z.string() })),
  }),
  z.object({ outcome: z.literal('answered'), answer: z.string() }),
  z.object({ outcome: z.enum(['in_progress', 'reused']) }),
]);
export type ClaimOutcome = z.infer<typeof claimOutcome>;

const held = z.object({ outcome: z.enum(['held', 'lost']) });
const ended = z.object({ outcome: z.enum(['kept', 'released', 'lost']) });

/** How an attempt ended: `lost` when another one has the request by now. */
export type AttemptEnd = z.infer<typeof ended>['outcome'];

/** Every query about idempotency keys but `call_once`, which is how `Database` calls in a request that has one. All may be sent twice. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  async claim({ owner, key, attempt }: Claim, fingerprint: string, leaseMs: number): Promise<ClaimOutcome> {
    const answer = await this.database.rpc(
      'idempotency_claim',
      { p_owner: owner, p_key: key, p_fingerprint: fingerprint, p_attempt: attempt, p_lease_ms: leaseMs },
      { idempotent: true },
    );
    return claimOutcome.parse(answer);
  }

  /** @returns `lost` when another attempt has the request by now, or it was answered */
  async renew(claim: Claim, leaseMs: number, signal: AbortSignal): Promise<'held' | 'lost'> {
    const answer = await this.database.rpc(
      'idempotency_renew',
      { ...parameters(claim), p_lease_ms: leaseMs },
      { idempotent: true, signal },
    );
    return held.parse(answer).outcome;
  }

  /** Keeps the sealed answer. */
  async keep(claim: Claim, answer: string): Promise<AttemptEnd> {
    const args = { ...parameters(claim), p_answer: answer };
    return ended.parse(await this.database.rpc('idempotency_answer', args, { idempotent: true })).outcome;
  }

  /** Lets the next attempt begin at once, with what this one has done. */
  async release(claim: Claim): Promise<AttemptEnd> {
    return ended.parse(await this.database.rpc('idempotency_release', parameters(claim), { idempotent: true })).outcome;
  }

  /** Removes keys that are older than a day, at most `limit` of them. @returns how many */
  async sweep(limit: number, signal: AbortSignal): Promise<number> {
    return this.database.rpc('idempotency_sweep', { p_limit: limit }, { idempotent: true, signal });
  }
}

function parameters({ owner, key, attempt }: Claim) {
  return { p_owner: owner, p_key: key, p_attempt: attempt };
}
