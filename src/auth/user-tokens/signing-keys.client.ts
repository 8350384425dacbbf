import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet } from 'jose';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.js';

/** How long is waited and remembered, in milliseconds. */
export interface SigningKeyTimes {
  /** For one answer of the issuer. */
  readonly timeoutMs: number;
  /** How long a list is taken for the newest. */
  readonly freshMs: number;
  /** How long an old list still serves while there is no newer one to be had. */
  readonly usableMs: number;
  /** Between two questions that keys nobody knows gave rise to. */
  readonly cooldownMs: number;
  /** Between two questions to an issuer that does not answer. */
  readonly retryMs: number;
}

/** Supabase tells of a new key ten minutes and more before it signs with it, and its own caches keep the list for ten. */
const usualTimes: SigningKeyTimes = {
  timeoutMs: 3_000,
  freshMs: 600_000,
  usableMs: 3_600_000,
  cooldownMs: 30_000,
  retryMs: 2_000,
};

const maxListBytes = 262_144;

/** The issuer did not say which keys it signs with: whether a token is good cannot be known now. */
export class SigningKeysUnavailable extends Error {
  override readonly name = 'SigningKeysUnavailable';
}

interface KeyList {
  readonly select: ReturnType<typeof createLocalJWKSet>;
  readonly fetchedAt: number;
}

interface LastQuestion {
  readonly at: number;
  readonly failure: unknown;
}

const jsonWebKeySet: z.ZodType<JSONWebKeySet> = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).max(100),
});

/**
 * The public keys that an issuer lists. Asked for when the first token needs one, when the list has grown old, and when a token names a
 * key that is not on it; never twice at once, and never more often than the times allow, whatever callers send.
 */
export class SigningKeys {
  private list: KeyList | undefined;
  private last: LastQuestion | undefined;
  private pending: Promise<void> | undefined;
  private readonly times: SigningKeyTimes;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    times: Partial<SigningKeyTimes> = {},
  ) {
    this.times = { ...usualTimes, ...times };
  }

  /**
   * The one key of that id and algorithm; undefined when there is none.
   * @throws SigningKeysUnavailable when that cannot be told now
   */
  async find(algorithm: string, keyId: string | undefined): Promise<CryptoKey | undefined> {
    const header = { alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) };
    const found = await selectFrom(await this.currentList(), header);
    if (found !== undefined || !(await this.askAgain())) return found;
    return selectFrom(this.usableList(), header);
  }

  /** Forgets the list, so that the next token is judged by a new one. */
  flush(): void {
    this.list = undefined;
    this.last = undefined;
    this.pending = undefined;
  }

  private async currentList(): Promise<KeyList> {
    if (this.ageMs() > this.times.freshMs && this.mayAsk()) await this.ask();
    return this.usableList();
  }

  private usableList(): KeyList {
    if (this.list !== undefined && this.ageMs() <= this.times.usableMs) return this.list;
    throw new SigningKeysUnavailable('the issuer of user tokens does not list its keys', { cause: this.last?.failure });
  }

  /** @returns whether there is a newer list. @throws SigningKeysUnavailable when there might be, but it cannot be had */
  private async askAgain(): Promise<boolean> {
    const before = this.list;
    if (this.mayAsk()) await this.ask();
    if (this.last?.failure !== undefined) {
      throw new SigningKeysUnavailable('the issuer of user tokens does not answer', { cause: this.last.failure });
    }
    return this.list !== before;
  }

  private ageMs(): number {
    return this.list === undefined ? Number.POSITIVE_INFINITY : this.clock.now().getTime() - this.list.fetchedAt;
  }

  private mayAsk(): boolean {
    if (this.pending !== undefined || this.last === undefined) return true;
    const pauseMs = this.last.failure === undefined ? this.times.cooldownMs : this.times.retryMs;
    return this.clock.now().getTime() - this.last.at >= pauseMs;
  }

  /** Asks, or waits for who asks already. What comes of it is in `list` and `last`. */
  private ask(): Promise<void> {
    if (this.pending !== undefined) return this.pending;
    const question: Promise<void> = this.fetchList().then(
      (list) => this.settle(question, list, undefined),
      (failure: unknown) => this.settle(question, undefined, failure),
    );
    this.pending = question;
    return question;
  }

  private settle(question: Promise<void>, list: KeyList | undefined, failure: unknown): void {
    // It was flushed meanwhile: this answer may be older than what it was flushed for.
    if (this.pending !== question) return;
    this.pending = undefined;
    this.last = { at: this.clock.now().getTime(), failure };
    this.list = list ?? this.list;
  }

  private async fetchList(): Promise<KeyList> {
    const signal = AbortSignal.timeout(this.times.timeoutMs);
    const answer = await fetch(this.url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`the list of keys was answered with ${answer.status}`);
    }
    const keys = jsonWebKeySet.parse(JSON.parse(await readBounded(answer)));
    return { select: createLocalJWKSet(keys), fetchedAt: this.clock.now().getTime() };
  }
}

async function selectFrom({ select }: KeyList, header: { alg: string; kid?: string }): Promise<CryptoKey | undefined> {
  try {
    return await select(header);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return undefined;
    throw error;
  }
}

async function readBounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<unknown> = answer.body ?? Readable.from([]);
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a body comes in bytes');
    bytes += chunk.byteLength;
    if (bytes > maxListBytes) throw new Error(`the list of keys is longer than ${maxListBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
