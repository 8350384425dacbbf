import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import fc from 'fast-check';
import { z } from 'zod';
import { SystemClock } from '../../../src/platform/clock.js';
import type { Database } from '../../../src/platform/database.js';
import { TenantryError } from '../../../src/platform/errors.js';
import { IdempotencyStore } from '../../../src/platform/idempotency/idempotency.store.js';
import {
  IdempotencyOptions,
  IdempotentRequests,
} from '../../../src/platform/idempotency/idempotent-requests.service.js';
import type { KeptAnswer } from '../../../src/platform/idempotency/kept-answer.js';
import { contextOf } from '../../../src/platform/request-context.js';
import type { TestDatabase } from '../../setup/database.js';
import { FreezingDatabase } from '../../setup/freezing-database.js';

/** How many changes the request of this body makes. */
const changes = { none: 0, one: 1, three: 3 } as const;
type Body = keyof typeof changes;
const moments = [
  'after idempotency_claim',
  'before mark',
  'after mark',
  'before idempotency_answer',
  'after idempotency_answer',
] as const;
type Moment = (typeof moments)[number];

/** What a handler meets by itself: it fails after so many changes, for good or not. */
interface Failure {
  readonly kind: 'conflict' | 'unavailable';
  readonly after: number;
}

interface Send {
  readonly do: 'send';
  readonly key: string;
  readonly body: Body;
  readonly stop: Moment | null;
  readonly failure: Failure | null;
}

type Deed = Send | { readonly do: 'wake'; readonly index: number } | { readonly do: 'lapse' | 'age' | 'interfere' };

const failure = fc.record({ kind: fc.constantFrom('conflict' as const, 'unavailable' as const), after: fc.nat(3) });
const send = fc.record({
  do: fc.constant('send' as const),
  key: fc.constantFrom('k1', 'k2'),
  body: fc.constantFrom<Body>('none', 'one', 'three', 'three', 'three'),
  stop: fc.constantFrom(null, null, null, ...moments),
  failure: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: failure }),
});
export const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 10, arbitrary: send },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wake' as const), index: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'lapse' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'interfere' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'age' as const }) },
);

/** What a key stands for. A key that is too old begins anew. */
interface Era {
  readonly name: string;
  body: Body | undefined;
  /** The attempt that may still write. */
  holder: Attempt | undefined;
  leased: boolean;
  answer: string | undefined;
}

interface Attempt {
  readonly database: FreezingDatabase;
  readonly era: Era;
  readonly sent: Send;
  readonly outcome: Promise<string>;
  /** What it was going to say when it stopped; undefined where it was going to act. */
  readonly said: string | undefined;
}

/** Attempts at requests on any number of replicas. Each may stop anywhere, wake up later, or never. */
export class Life {
  private readonly eras: Era[] = [];
  private readonly current = new Map<string, Era>();
  private readonly asleep: Attempt[] = [];
  private readonly options = new IdempotencyOptions([randomBytes(32)], 3_600_000);

  constructor(private readonly test: TestDatabase) {}

  async live(next: Deed): Promise<void> {
    switch (next.do) {
      case 'send':
        return this.send(next);
      case 'wake':
        return this.wake(next.index);
      case 'lapse':
        return this.lapse();
      case 'interfere':
        await this.test.sql('update public.counter set n = n + 100');
        return;
      case 'age':
        await this.lapse();
        await this.test.sql(`update public.idempotency_keys set created_at = created_at - interval '25 hours'`);
        this.current.clear();
        return;
    }
  }

  /** Wakes what still sleeps, and asserts that every change was made once, and those of a request that succeeded all. */
  async end(): Promise<void> {
    while (this.asleep.length > 0) await this.wake(0);
    const marks = await this.test.sql<{ tag: string }>('select tag from public.marks');
    assert.equal(new Set(marks.map(({ tag }) => tag)).size, marks.length);
    for (const { name, body, answer } of this.eras) {
      const made = marks.filter(({ tag }) => tag.startsWith(`${name}/`));
      if (answer?.startsWith('200') !== true || body === undefined) continue;
      assert.deepEqual(
        made.map(({ tag }) => tag).sort(),
        [...Array(changes[body]).keys()].map((n) => `${name}/${body}/${n}`),
      );
    }
  }

  private async send(sent: Send): Promise<void> {
    const era = this.eraOf(sent.key);
    const said = foretell(era, sent.body);
    const made = await this.made(era);
    const database = new FreezingDatabase(this.test.database);
    const [when = '', at = ''] = sent.stop?.split(' ') ?? [];
    if (sent.stop !== null) database.freeze(when === 'before' ? 'before' : 'after', at);
    const outcome = this.attempt(database, era, sent);
    const attempt = { database, era, sent, outcome, said };
    const first = await Promise.race([outcome, database.hasFrozen().then(() => 'stopped')]);
    if (said === undefined) Object.assign(era, { body: sent.body, holder: attempt, leased: true });
    if (first === 'stopped') this.asleep.push(attempt);
    else if (said === undefined) await this.settle(attempt, first, made);
    else assert.equal(first, said);
    // Its answer is kept, though it was not sent.
    if (first === 'stopped' && said === undefined && sent.stop === 'after idempotency_answer')
      await this.learn(era, sent);
  }

  private async wake(index: number): Promise<void> {
    const [attempt] = this.asleep.splice(index, 1);
    if (!attempt) return;
    const { database, era, said, sent } = attempt;
    const made = await this.made(era);
    const holds = era.holder === attempt;
    database.thaw();
    const outcome = await attempt.outcome;
    if (said !== undefined) assert.equal(outcome, said);
    else if (this.current.get(sent.key) !== era)
      assert.ok(outcome === (era.answer ?? outcome) || withoutAnswer.test(outcome));
    else if (holds) await this.settle(attempt, outcome, made);
    else if (sent.stop === 'after idempotency_answer') assert.equal(outcome, era.answer);
    // Too late: it can change nothing, and leaves the answer to others.
    else assert.match(outcome, withoutAnswer);
  }

  /** What the end of the attempt that has the key makes of it, after so many changes made by earlier ones and itself. */
  private async settle({ era, sent }: Attempt, outcome: string, before: number): Promise<void> {
    assert.match(outcome, permitted(sent, before));
    era.holder = undefined;
    era.leased = false;
    if (/^\d/.test(outcome)) {
      assert.equal(outcome, (era.answer ??= outcome));
    } else if ((await this.made(era)) === 0) era.body = undefined;
  }

  private async learn(era: Era, sent: Send): Promise<void> {
    era.holder = undefined;
    era.leased = false;
    era.answer = await this.attempt(new FreezingDatabase(this.test.database), era, { ...sent, failure: null });
    assert.match(era.answer, /^(200|409) /);
  }

  private async lapse(): Promise<void> {
    await this.test.sql(
      `update public.idempotency_keys set lease_until = now() - interval '1 s' where lease_until is not null`,
    );
    for (const era of this.current.values()) era.leased = false;
  }

  private eraOf(key: string): Era {
    const known = this.current.get(key);
    if (known) return known;
    const era = {
      name: `${key}-${this.eras.length}`,
      body: undefined,
      holder: undefined,
      leased: false,
      answer: undefined,
    };
    this.eras.push(era);
    this.current.set(key, era);
    return era;
  }

  private async made({ name }: Era): Promise<number> {
    return (await this.test.sql('select tag from public.marks where tag like $1', [`${name}/%`])).length;
  }

  /** The outcome as text: status and body of an answer, or the code of a failure that is none. */
  private async attempt(database: Database, { name }: Era, { key, body, failure: fails }: Send): Promise<string> {
    const requests = new IdempotentRequests(new IdempotencyStore(database), new SystemClock(), this.options);
    const request = { owner: 'o', key, identity: body, context: contextOf('r', undefined) };
    try {
      const { answer } = await requests.answer(request, () =>
        handle(database, `${name}/${body}`, changes[body], fails),
      );
      return `${answer.status} ${answer.body ?? ''}`;
    } catch (error) {
      if (error instanceof TenantryError) return error.code;
      throw error;
    }
  }
}

/** How an attempt may end that leaves the answer to others. */
const withoutAnswer = /^(idempotency_in_progress|unavailable|internal)$/;

/** What a request is told that does not act; undefined for one that does. */
function foretell(era: Era, body: Body): string | undefined {
  if (era.body !== undefined && era.body !== body) return 'idempotency_key_reused';
  return era.answer ?? (era.leased ? 'idempotency_in_progress' : undefined);
}

/** How a request may end that acts, where earlier attempts made so many changes. */
function permitted({ body, failure: fails }: Send, made: number): RegExp {
  if (fails === null || fails.after > changes[body]) return /^200 /;
  if (fails.kind === 'unavailable') return /^unavailable$/;
  return fails.after < made ? /^internal$/ : /^409 /;
}

const counter = z.tuple([z.object({ n: z.number() })]);
const markAnswer = z.object({ counted: z.number(), read: z.number() });

/** Reads before each change, and answers with all that it read and was answered. */
async function handle(database: Database, tag: string, count: number, fails: Failure | null): Promise<KeptAnswer> {
  const client: SupabaseClient = database.client;
  const calls: { rpc(name: string, args: object): Promise<unknown> } = database;
  const seen: unknown[] = [];
  for (let n = 0; n <= count; n += 1) {
    if (fails?.after === n)
      throw new TenantryError(fails.kind, fails.kind === 'conflict' ? 'failed' : 'unavailable', 'It failed.');
    if (n === count) break;
    const read = counter.parse(await database.read(() => client.from('counter').select('n')));
    const marked = markAnswer.parse(await calls.rpc('mark', { p_tag: `${tag}/${n}`, p_read: read[0].n }));
    // A retry that saw another world than the attempt that made the change would answer for what was not done.
    if (marked.read !== read[0].n) throw new Error('read and change do not belong together');
    seen.push(marked);
  }
  return { status: 200, headers: {}, body: JSON.stringify(seen) };
}
