import type { ChainHead } from './checkpoint.js';
import type { Mark } from './checkpoint-walk.js';
import { nothingBefore } from './encoding.js';
import { mayExpire } from './expirable-actions.js';
import { contentOf, digestOf, globalChain, hashOf, type TrailEntry } from './trail-entry.js';

/** The first thing that is wrong with a chain: at which of its rows, and what. */
export interface ChainFault {
  readonly seq: number;
  readonly what: string;
}

/** Follows one chain row by row. After its first fault nothing more is said of it. */
export class ChainWalk {
  private seq = 0;
  private hash = nothingBefore;
  private nextMark = 0;
  fault: ChainFault | undefined;
  expired = 0;
  /** The youngest row whose content was removed. */
  youngestExpired: { readonly seq: number; readonly at: string } | undefined;

  constructor(
    readonly head: ChainHead,
    private readonly marks: readonly Mark[],
  ) {}

  take(entry: TrailEntry): void {
    if (this.fault !== undefined) return;
    const what = this.faultOf(entry);
    if (what !== undefined) {
      // Of a gap the first row that is missing is named.
      this.fault = { seq: Math.min(entry.seq, this.seq + 1), what };
      return;
    }
    this.seq = entry.seq;
    this.hash = entry.hash;
    if (this.marks[this.nextMark]?.seq === entry.seq) this.nextMark += 1;
    if (entry.expired_at !== null) this.seeExpired(entry);
  }

  /** Call when its last row was taken. */
  close(): void {
    this.fault ??= this.faultOfEnd();
  }

  private seeExpired({ seq, at }: TrailEntry): void {
    this.expired += 1;
    if (this.youngestExpired === undefined || at > this.youngestExpired.at) this.youngestExpired = { seq, at };
  }

  private faultOf(entry: TrailEntry): string | undefined {
    const { chain, seq, prev_hash, tenant_id, hash } = entry;
    if (seq > this.seq + 1) return seq === this.seq + 2 ? 'is missing' : `and those up to ${seq - 1} are missing`;
    if (seq <= this.seq) return 'is there twice, or out of its order';
    if (chain !== this.head.chain || chain !== (tenant_id ?? globalChain)) return 'is of another chain';
    if (prev_hash !== this.hash) return 'does not follow the row before it';
    const content = faultOfContent(entry);
    if (content !== undefined) return content;
    if (hash !== hashOf(entry)) return 'was changed';
    const mark = this.marks[this.nextMark];
    if (mark?.seq === seq && mark.hash !== hash) return `is not the row that checkpoint ${mark.checkpoint} signed`;
    return undefined;
  }

  private faultOfEnd(): ChainFault | undefined {
    const mark = this.marks[this.nextMark];
    if (mark !== undefined && mark.seq > this.seq) {
      const what = `is missing: the end was cut off, for checkpoint ${mark.checkpoint} signed row ${mark.seq}`;
      return { seq: this.seq + 1, what };
    }
    if (this.seq < this.head.seq) {
      return { seq: this.seq + 1, what: `is missing: the end was cut off, for the head is row ${this.head.seq}` };
    }
    if (this.seq > this.head.seq) return { seq: this.head.seq + 1, what: 'is behind the head' };
    return this.hash === this.head.hash ? undefined : { seq: this.seq, what: 'is not the row that the head names' };
  }
}

function faultOfContent(entry: TrailEntry): string | undefined {
  if (entry.expired_at === null) return entry.digest === digestOf(entry) ? undefined : 'was changed in its content';
  if (!mayExpire(entry.action)) return `lost its content, though ${entry.action} is kept whole for ever`;
  return contentOf(entry).every((field) => field === null) ? undefined : 'lost a part of its content';
}
