import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock.js';
import { type ErrorKind, TenantryError } from '../errors.js';
import { type RequestContext, runInContext } from '../request-context.js';
import { keyedHash, type SealingKeys, sealText, unsealText } from '../sealed-text.js';
import { type AttemptEnd, type ClaimOutcome, IdempotencyStore } from './idempotency.store.js';
import { type Claim, inProgress, Journal, wentAnotherWay } from './journal.js';
import { keptAnswer, type KeptAnswer, keptProblem, maxKeptCharacters } from './kept-answer.js';

export class IdempotencyOptions {
  constructor(
    readonly encryptionKeys: SealingKeys,
    readonly leaseMs: number,
  ) {}
}

/** A request that came with an idempotency key. */
export interface KeyedRequest {
  /** Whose key it is. */
  readonly owner: string;
  readonly key: string;
  /** What two requests share that ask for the same. */
  readonly identity: string;
  readonly context: RequestContext;
}

export interface IdempotentAnswer {
  readonly answer: KeptAnswer;
  /** What it tells of was done by an earlier attempt. */
  readonly replayed: boolean;
}

/** Failures after which a caller knows that something may have been done, and comes again. */
const passing: ReadonlySet<ErrorKind> = new Set(['internal', 'unavailable', 'limited']);

/** Lets each request with an idempotency key take effect once, and answers it the same however often it is sent, to whichever replica. */
@Injectable()
export class IdempotentRequests {
  private readonly logger = new Logger(IdempotentRequests.name);

  constructor(
    private readonly store: IdempotencyStore,
    private readonly clock: Clock,
    private readonly config: IdempotencyOptions,
  ) {}

  /**
   * Answers a request: as it was answered before, or by doing what it asks.
   * @param act does it, in a context in which the database does every call once; it may be run again by a later attempt
   * @throws TenantryError `idempotency_in_progress`, `idempotency_key_reused`, and what `act` throws
   */
  async answer(request: KeyedRequest, act: () => Promise<KeptAnswer>): Promise<IdempotentAnswer> {
    const claim = { owner: request.owner, key: request.key, attempt: randomUUID() };
    const claimed = await this.claim(claim, request.identity);
    switch (claimed.outcome) {
      case 'claimed':
        return this.attempt(claim, this.journalOf(claim, claimed.steps), request.context, act);
      case 'answered':
        return { answer: keptAnswer.parse(JSON.parse(this.open(claim, claimed.answer))), replayed: true };
      case 'in_progress':
        throw inProgress();
      case 'reused':
        throw new TenantryError(
          'unprocessable',
          'idempotency_key_reused',
          'Another request was sent with this idempotency key. Take a new key for a new request.',
          { faults: [{ pointer: 'Idempotency-Key:', message: 'belongs to another request' }] },
        );
    }
  }

  /** What was claimed under a key that was replaced since is still the same request. */
  private async claim(claim: Claim, identity: string): Promise<ClaimOutcome> {
    let outcome: ClaimOutcome = { outcome: 'reused' };
    for (const key of this.config.encryptionKeys) {
      outcome = await this.store.claim(claim, keyedHash(identity, key), this.config.leaseMs);
      if (outcome.outcome !== 'reused') break;
    }
    return outcome;
  }

  private async attempt(
    claim: Claim,
    journal: Journal,
    context: RequestContext,
    act: () => Promise<KeptAnswer>,
  ): Promise<IdempotentAnswer> {
    const ended = new AbortController();
    const renewing = this.renew(claim, ended.signal);
    try {
      const answer = await this.act(journal, context, act);
      // Whoever has the request now answers it; what this attempt saw may be what that one made of it.
      if ((await this.settle(claim, answer)) === 'lost') throw inProgress();
      return { answer, replayed: journal.replayed };
    } finally {
      ended.abort();
      await renewing;
    }
  }

  /** The answer for good, be it a problem. What else is thrown ends the attempt without one. */
  private async act(journal: Journal, context: RequestContext, act: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    try {
      const answer = await runInContext({ ...context, journal }, act);
      if (journal.unreached.length > 0) throw wentAnotherWay(journal.unreached, undefined);
      return answer;
    } catch (error) {
      // A refusal would say that nothing was changed.
      const hides = journal.unreached.length > 0 && error instanceof TenantryError && !passing.has(error.kind);
      const failure = hides ? wentAnotherWay(journal.unreached, error) : error;
      const problem = keptProblem(failure, context.requestId);
      if (problem !== undefined) return problem;
      await this.settle(journal.claim, undefined);
      throw failure;
    } finally {
      journal.close();
    }
  }

  /** Ends the attempt. Where that fails, the lease runs out, and a retry comes to the same answer. */
  private async settle(claim: Claim, answer: KeptAnswer | undefined): Promise<AttemptEnd | 'unknown'> {
    try {
      const text = JSON.stringify(answer);
      if (answer === undefined || text.length > maxKeptCharacters) return await this.store.release(claim);
      return await this.store.keep(claim, this.seal(claim, text));
    } catch (error) {
      this.logger.warn({ err: error }, 'the answer of an idempotency key could not be kept; its lease will run out');
      return 'unknown';
    }
  }

  private async renew(claim: Claim, ended: AbortSignal): Promise<void> {
    for (;;) {
      await this.clock.sleep(this.config.leaseMs / 3, ended).catch(() => undefined);
      if (ended.aborted) return;
      const outcome = await this.store.renew(claim, this.config.leaseMs, ended).catch(() => 'unknown' as const);
      if (outcome === 'lost') return;
    }
  }

  private journalOf(claim: Claim, steps: Extract<ClaimOutcome, { outcome: 'claimed' }>['steps']): Journal {
    const done = new Map(
      Object.entries(steps).map(([name, { result, journal }]) => [
        name,
        { result, journal: this.open(claim, journal) },
      ]),
    );
    if (done.size > 0) this.logger.log({ message: 'a request is taken up again', done: [...done.keys()] });
    return new Journal(claim, done, (text) => this.seal(claim, text));
  }

  private seal(claim: Claim, text: string): string {
    return sealText(text, ownerOf(claim), this.config.encryptionKeys);
  }

  private open(claim: Claim, sealed: string): string {
    return unsealText(sealed, ownerOf(claim), this.config.encryptionKeys);
  }
}

function ownerOf({ owner, key }: Claim): string {
  return JSON.stringify(['idempotency', owner, key]);
}
