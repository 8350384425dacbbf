import { z } from 'zod';
import { DatabaseError } from '../database-error.js';
import { TenantryError } from '../errors.js';

/** A key that an attempt at its request has claimed. */
export interface Claim {
  readonly owner: string;
  readonly key: string;
  /** The id of this attempt; fences off earlier ones. */
  readonly attempt: string;
}

/** A call of a SQL function, for `call_once`. */
export interface Step extends Claim {
  /** Names the call among those of the request: `instance_put#1` is the second one of that function. */
  readonly step: string;
  /** Sealed: what the request learnt before it. */
  readonly journal: string;
}

/** What an earlier attempt did: the answer of the function, and the entries that were written down with it, unsealed. */
export interface DoneStep {
  readonly result: unknown;
  readonly journal: string;
}

/** How the journal's entries are closed for the database. */
export type Seal = (text: string) => string;

const fault = z.object({
  message: z.string(),
  code: z.string(),
  details: z.string().optional(),
  hint: z.string().optional(),
});
const entry = z.union([z.strictObject({ fault }), z.strictObject({ value: z.unknown() })]);
type Entry = z.infer<typeof entry>;
const entries = z.record(z.string(), entry);

/** Beyond it, reads are no longer kept: those of a retry are then as fresh as those of a new request. */
const maxEntryCharacters = 1_048_576;

const claimLost = 'idempotency_claim_lost';

/**
 * What one request asks of the database and makes up by itself, in order, so that a later attempt at the request goes the same way: it
 * gets the same answers until it has come past the last change that an earlier attempt made. Entries become durable with the next
 * change, in its transaction. Handlers make their changes one after the other.
 */
export class Journal {
  /** Whether this attempt got the answer of a change that an earlier one made. */
  replayed = false;
  private closed = false;
  private readonly counts = new Map<string, number>();
  private readonly known: Map<string, Entry>;
  /** Changes of earlier attempts that this one has not come to yet. */
  private readonly ahead: Set<string>;
  private readonly fresh = new Map<string, Entry>();
  private freshCharacters = 0;

  constructor(
    readonly claim: Claim,
    done: ReadonlyMap<string, DoneStep>,
    private readonly seal: Seal,
  ) {
    const journals = [...done.values()].flatMap(({ journal }) => Object.entries(entries.parse(JSON.parse(journal))));
    const steps = [...done].map(([name, { result }]): [string, Entry] => [stepEntry(name), { value: result }]);
    this.known = new Map([...journals, ...steps]);
    this.ahead = new Set(done.keys());
  }

  /** False once the request has been answered: what still runs then acts for itself. */
  get isOpen(): boolean {
    return !this.closed;
  }

  /** Changes of earlier attempts that this one has not come to, although it may have ended. */
  get unreached(): string[] {
    return [...this.ahead];
  }

  close(): void {
    this.closed = true;
  }

  /**
   * A read: the answer that an earlier attempt got, else that of `read`.
   * @param query what is asked, such as the URL of the query
   */
  async read<Row>(query: string, read: () => Promise<Row>): Promise<Row> {
    const name = this.number(`read ${query}`);
    const known = this.known.get(name);
    // What was noted under a name was an answer to the same question.
    if (known) return z.custom<Row>().parse(restore(known));
    const value = await read();
    this.note(name, { value });
    return value;
  }

  /** A value that is made up, such as an id: the one that an earlier attempt made, else that of `make`. */
  make(what: string, make: () => string): string {
    const name = this.number(`make ${what}`);
    const known = this.known.get(name);
    if (known) return z.string().parse(restore(known));
    const value = make();
    this.note(name, { value });
    return value;
  }

  /**
   * A call of a SQL function: what an earlier attempt was answered, else what `run` is.
   * @throws TenantryError `idempotency_in_progress` when another attempt has the request by now; `internal` when an earlier attempt went
   * another way, so that this would be a second change
   */
  async call<Result>(called: string, run: (step: Step) => Promise<Result>): Promise<Result> {
    const step = this.number(called);
    const known = this.known.get(stepEntry(step));
    if (known) {
      if (this.ahead.delete(step)) this.replayed = true;
      return z.custom<Result>().parse(restore(known));
    }
    if (this.ahead.size > 0) throw wentAnotherWay(this.unreached, undefined);
    const sent = [...this.fresh.keys()];
    try {
      const journal = this.seal(JSON.stringify(Object.fromEntries(this.fresh)));
      const result = await run({ ...this.claim, step, journal });
      for (const name of sent) this.fresh.delete(name);
      return result;
    } catch (error) {
      if (error instanceof DatabaseError && error.hint === claimLost) throw inProgress(error);
      // It changed nothing, so nothing was written down with it; a retry that fared better here would go another way.
      if (error instanceof DatabaseError && !error.retryable) this.note(stepEntry(step), { fault: faultOf(error) });
      throw error;
    }
  }

  private number(name: string): string {
    const count = this.counts.get(name) ?? 0;
    this.counts.set(name, count + 1);
    return `${name}#${count}`;
  }

  private note(name: string, noted: Entry): void {
    // Copied: handlers may change what they were given.
    const text = JSON.stringify(noted);
    this.freshCharacters += text.length;
    if (this.freshCharacters <= maxEntryCharacters) this.fresh.set(name, entry.parse(JSON.parse(text)));
  }
}

/** The answer to a request whose key another one, or another attempt, has at the moment. */
export function inProgress(cause?: unknown): TenantryError {
  return new TenantryError(
    'conflict',
    'idempotency_in_progress',
    'A request with this idempotency key is being worked on.',
    {
      cause,
      members: { retry_after_seconds: 1 },
    },
  );
}

/** Something that no attempt may hide behind an answer of its own: what earlier ones changed stands. */
export function wentAnotherWay(unreached: readonly string[], cause: unknown): TenantryError {
  const calls = unreached.join(', ');
  return new TenantryError('internal', 'internal', `a retry did not come to what an earlier attempt did: ${calls}`, {
    cause,
  });
}

function stepEntry(step: string): string {
  return `call ${step}`;
}

function faultOf({ message, code, details, hint }: DatabaseError): z.infer<typeof fault> {
  return { message, code, ...(details === undefined ? {} : { details }), ...(hint === undefined ? {} : { hint }) };
}

function restore(known: Entry): unknown {
  if ('fault' in known) {
    const { message, code, details, hint } = known.fault;
    throw new DatabaseError(message, { code, details, hint, retryable: false });
  }
  return known.value;
}
