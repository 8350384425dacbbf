import { z } from 'zod';
import { ChainWalk } from './chain-walk.js';
import { CheckpointWalk } from './checkpoint-walk.js';
import { globalChain, type TrailEntry } from './trail-entry.js';
import { readLine, type TrailHeader, type TrailLine } from './trail-line.js';

export interface VerifierOptions {
  /** The ids of the keys that count; absent: every key that the trail itself names. */
  readonly trustedKeys?: ReadonlySet<string>;
  /** A checkpoint that was seen at an earlier time and must still be there. */
  readonly expected?: { readonly number: number; readonly hash: string };
}

/** What was found. The trail holds when there is no fault. */
export interface TrailReport {
  readonly faults: readonly string[];
  readonly chains: number;
  readonly entries: number;
  /** Rows whose content retention removed. */
  readonly expired: number;
  readonly checkpoints: number;
  /** The newest checkpoint, to be expected the next time. */
  readonly newest: { readonly number: number; readonly hash: string } | undefined;
}

const toldCheckpoint = z.object({ number: z.int(), checkpoint_hash: z.string() });
const toldExpiry = z.object({ until: z.string() });

/** Verifies an export line by line; it keeps what checkpoints sign, and nothing of the rows. */
export class TrailVerifier {
  private readonly faults: string[] = [];
  private readonly checkpoints: CheckpointWalk;
  private header: TrailHeader | undefined;
  private walk: ChainWalk | undefined;
  private ended = false;
  private unreadable = 0;
  private more = 0;
  private chains = 0;
  private entries = 0;
  private expired = 0;
  private toldCheckpoints = 0;
  private globalIsSound = true;
  private announcedUntil = '';
  private youngestExpired: { chain: string; seq: number; at: string } | undefined;

  constructor(private readonly options: VerifierOptions = {}) {
    this.checkpoints = new CheckpointWalk(options.trustedKeys);
  }

  get progress(): { chains: number; entries: number } {
    return { chains: this.chains, entries: this.entries };
  }

  /** The next line, without its end. */
  take(text: string): void {
    let line: TrailLine;
    try {
      line = readLine(text);
    } catch {
      this.unreadable += 1;
      return;
    }
    if (this.ended) this.more += 1;
    else this.takeLine(line);
  }

  /** Call when there are no more lines. */
  end(): TrailReport {
    this.closeChain();
    if (this.unreadable > 0) this.faults.push(`lines that are none of an export: ${this.unreadable}`);
    if (this.more > 0) this.faults.push(`lines behind the end: ${this.more}`);
    if (!this.ended) this.faults.push('the export is not whole: its end is missing');
    this.judgeCheckpoints();
    if (this.header?.chain === null) this.judgeTogether();
    const number = this.checkpoints.count;
    const hash = this.checkpoints.hashOf(number);
    const newest = hash === undefined ? undefined : { number, hash };
    const { faults, chains, entries, expired } = this;
    return { faults, chains, entries, expired, checkpoints: number, newest };
  }

  private takeLine(line: TrailLine): void {
    switch (line.type) {
      case 'trail':
        this.header = line;
        return;
      case 'key':
        this.checkpoints.takeKey(line);
        return;
      case 'checkpoint':
        this.checkpoints.take(line);
        return;
      case 'chain':
        this.closeChain();
        this.chains += 1;
        this.walk = new ChainWalk(line, this.checkpoints.marksOf(line.chain));
        return;
      case 'entry':
        this.takeEntry(line.entry);
        return;
      case 'end':
        this.ended = true;
        if (line.chains !== this.chains || line.entries !== this.entries) {
          this.faults.push(`the export is not whole: it should hold ${line.entries} rows of ${line.chains} chains`);
        }
    }
  }

  private takeEntry(entry: TrailEntry): void {
    this.entries += 1;
    if (this.walk === undefined) {
      this.faults.push(`row ${entry.seq} of the chain ${entry.chain} stands in no chain`);
      return;
    }
    this.walk.take(entry);
    if (entry.chain !== globalChain || this.walk.fault !== undefined || entry.after === null) return;
    const told: unknown = JSON.parse(entry.after);
    if (entry.action === 'audit.checkpoint') this.takeTold(entry.seq, told);
    if (entry.action === 'audit.expire') this.takeAnnounced(told);
  }

  private takeAnnounced(told: unknown): void {
    const until = toldExpiry.safeParse(told).data?.until ?? '';
    if (until > this.announcedUntil) this.announcedUntil = until;
  }

  /** The chain tells of each checkpoint that was made. Those that were made while the export ran are not in it. */
  private takeTold(seq: number, told: unknown): void {
    if (seq > (this.header?.global_seq ?? 0)) return;
    this.toldCheckpoints += 1;
    const { number = 0, checkpoint_hash } = toldCheckpoint.safeParse(told).data ?? {};
    const hash = this.checkpoints.hashOf(number);
    if (hash !== undefined && hash === checkpoint_hash) return;
    const what = hash === undefined ? 'is missing' : 'is another one';
    this.checkpoints.fault ??= `checkpoint ${number} ${what}: row ${seq} of the global chain tells of it`;
  }

  private closeChain(): void {
    const { walk } = this;
    if (walk === undefined) return;
    this.walk = undefined;
    walk.close();
    const { chain } = walk.head;
    if (chain === globalChain) this.globalIsSound = walk.fault === undefined;
    if (walk.fault !== undefined) this.faults.push(`chain ${chain}: row ${walk.fault.seq} ${walk.fault.what}`);
    this.expired += walk.expired;
    const youngest = walk.youngestExpired;
    if (youngest !== undefined && youngest.at > (this.youngestExpired?.at ?? '')) {
      this.youngestExpired = { chain, ...youngest };
    }
  }

  private judgeCheckpoints(): void {
    const { header, checkpoints, options } = this;
    if (header === undefined) this.faults.push('the export has no first line that says what it holds');
    else if (checkpoints.fault === undefined && checkpoints.count < header.checkpoints) {
      checkpoints.fault = `checkpoint ${checkpoints.count + 1} is missing: there were ${header.checkpoints}`;
    }
    if (checkpoints.fault !== undefined) this.faults.push(checkpoints.fault);
    const { expected } = options;
    if (expected !== undefined && checkpoints.hashOf(expected.number) !== expected.hash) {
      this.faults.push(`checkpoint ${expected.number} is not, or no longer, the one that is expected`);
    }
  }

  /** What only all chains together can show. */
  private judgeTogether(): void {
    for (const chain of this.checkpoints.left()) {
      this.faults.push(`chain ${chain}: row 1 is missing, and all others, though a checkpoint signed the chain`);
    }
    const told = this.toldCheckpoints;
    if (this.globalIsSound && this.checkpoints.fault === undefined && told !== this.checkpoints.count) {
      this.faults.push(`the global chain tells of ${told} checkpoints, and there are ${this.checkpoints.count}`);
    }
    const youngest = this.youngestExpired;
    if (youngest !== undefined && youngest.at >= this.announcedUntil) {
      this.faults.push(
        `chain ${youngest.chain}: row ${youngest.seq} lost its content, and no retention announced that`,
      );
    }
  }
}

/** Verifies an export that comes in lines. @param seen is told how far it is, after every so many rows */
export async function verifyTrail(
  lines: AsyncIterable<string>,
  options: VerifierOptions = {},
  seen: (progress: { chains: number; entries: number }) => void = () => undefined,
): Promise<TrailReport> {
  const verifier = new TrailVerifier(options);
  let count = 0;
  for await (const line of lines) {
    verifier.take(line);
    count += 1;
    if (count % 10_000 === 0) seen(verifier.progress);
  }
  return verifier.end();
}
