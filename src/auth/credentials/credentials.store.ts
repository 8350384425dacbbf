import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import { grantedScopes } from '../../platform/http/scopes.js';

const changes = z.object({
  version: z.number(),
  reset: z.boolean(),
  changes: z.array(z.object({ kind: z.enum(['key', 'tenant', 'user', 'issuer']), subject: z.string() })),
});
export type ChangesSince = z.infer<typeof changes>;
export type CredentialChange = ChangesSince['changes'][number];

// A key may have been given a scope by a newer version of Tenantry: this one does not know what it allows.
const knownScope = z.enum(grantedScopes);
const granted = z
  .array(z.string())
  .transform((texts) => texts.flatMap((text) => knownScope.safeParse(text).data ?? []));

const keyFacts = z.object({
  id: z.string(),
  name: z.string(),
  /** SHA-256 in hex. */
  hash: z.string(),
  scopes: granted,
  rate_limit_per_minute: z.number().nullable(),
  expires_at: rowInstant.nullable(),
  revoked: z.boolean(),
  tenant: z.object({ id: z.string(), slug: z.string() }).nullable(),
});
export type KeyFacts = z.infer<typeof keyFacts>;

/** Hashes that go to the database together. */
interface KeyQuestion {
  readonly hashes: Set<string>;
  readonly answer: Promise<ReadonlyMap<string, KeyFacts>>;
}

/** Of one question: 64 characters each. */
const hashesAtOnce = 200;

/** One answer is waited for no longer: a request that cannot be let in is better told so. */
export const patienceMs = 2_500;

/** What authentication asks the database. */
@Injectable()
export class CredentialsStore {
  /** What the next question is about, while the one before is under way. */
  private nextQuestion: KeyQuestion | undefined;
  private lastAnswer: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: Database) {}

  /** @param seen the version up to which the changes are known; null: none */
  async changesSince(seen: number | null): Promise<ChangesSince> {
    const signal = AbortSignal.timeout(patienceMs);
    return changes.parse(await this.database.rpc('auth_changes_since', { p_seen: seen }, { idempotent: true, signal }));
  }

  /**
   * One call is under way at a time, for everybody who has asked since the one before: whatever is guessed, and however often, a replica
   * keeps one connection of the database busy with it.
   * @param hash SHA-256 of the key, in hex
   */
  async findKey(hash: string): Promise<KeyFacts | undefined> {
    if (this.nextQuestion === undefined || this.nextQuestion.hashes.size >= hashesAtOnce) this.putQuestion();
    const question = this.nextQuestion;
    question?.hashes.add(hash);
    return (await question?.answer)?.get(hash);
  }

  private putQuestion(): void {
    const hashes = new Set<string>();
    const answer = this.lastAnswer.then(() => {
      if (this.nextQuestion?.hashes === hashes) this.nextQuestion = undefined;
      return this.findKeys([...hashes]);
    });
    this.nextQuestion = { hashes, answer };
    // Whoever asked hears of a failure; the next question does not depend on it.
    this.lastAnswer = answer.catch(() => undefined);
  }

  private async findKeys(hashes: readonly string[]): Promise<ReadonlyMap<string, KeyFacts>> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await this.database.rpc('api_keys_find', { p_hashes: [...hashes] }, { idempotent: true, signal });
    return new Map(
      z
        .array(keyFacts)
        .parse(answer)
        .map((facts) => [facts.hash, facts]),
    );
  }

  /** Has every replica forget what it knows of user tokens. */
  async flushUserTokens(context: ChangeContext): Promise<void> {
    await this.database.rpc('user_tokens_flush', { p_context: { ...context } });
  }

  /** @param uses when each key was used last, by its id */
  async recordUses(uses: ReadonlyMap<string, Date>): Promise<void> {
    const p_uses = Object.fromEntries([...uses].map(([id, at]) => [id, at.toISOString()]));
    await this.database.rpc('api_keys_used', { p_uses }, { idempotent: true });
  }
}
