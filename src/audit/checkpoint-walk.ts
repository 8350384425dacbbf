import { type Checkpoint, checkpointHash, checkpointText } from './checkpoint.js';
import { nothingBefore } from './encoding.js';
import { isSignedBy, keyIdOf, type PublicJwk } from './signing-key.js';

/** What a checkpoint says of one chain. */
export interface Mark {
  readonly checkpoint: number;
  readonly seq: number;
  readonly hash: string;
}

/** Follows checkpoints in their order: numbers, links, signatures. What the sound ones sign is kept for the chains. */
export class CheckpointWalk {
  private readonly keys = new Map<string, string>();
  private readonly marks = new Map<string, Mark[]>();
  private readonly hashes: string[] = [];
  /** The first fault, for people. */
  fault: string | undefined;

  /** @param trusted the ids of the keys that count; undefined: every key that the trail itself names */
  constructor(private readonly trusted: ReadonlySet<string> | undefined) {}

  get count(): number {
    return this.hashes.length;
  }

  takeKey({ kid, x }: PublicJwk): void {
    if (kid !== keyIdOf(x)) this.fault ??= `the key ${kid} has not the id that follows from it`;
    else this.keys.set(kid, x);
  }

  take(checkpoint: Checkpoint): void {
    this.fault ??= this.faultOf(checkpoint);
    if (this.fault !== undefined) return;
    const { number, heads, hash } = checkpoint;
    this.hashes.push(hash);
    for (const { chain, ...head } of heads) {
      const marks = this.marks.get(chain) ?? [];
      marks.push({ checkpoint: number, ...head });
      this.marks.set(chain, marks);
    }
  }

  /** What is signed of a chain, oldest first; each chain is asked for once. */
  marksOf(chain: string): Mark[] {
    const marks = this.marks.get(chain) ?? [];
    this.marks.delete(chain);
    return marks;
  }

  /** Chains that were signed and not asked for. */
  left(): string[] {
    return [...this.marks.keys()];
  }

  /** The hash of a checkpoint, by its number. */
  hashOf(number: number): string | undefined {
    return this.hashes[number - 1];
  }

  private faultOf(checkpoint: Checkpoint): string | undefined {
    const { number, prev_hash, key_id, signature, hash } = checkpoint;
    const expected = this.hashes.length + 1;
    if (number !== expected) return `checkpoint ${expected} is missing`;
    if (prev_hash !== (this.hashes.at(-1) ?? nothingBefore)) {
      return `checkpoint ${number} does not follow the one before it`;
    }
    if (hash !== checkpointHash(checkpoint)) return `checkpoint ${number} was changed`;
    const key = this.keys.get(key_id);
    if (key === undefined) return `checkpoint ${number} is signed with a key that is not known: ${key_id}`;
    if (this.trusted?.has(key_id) === false) {
      return `checkpoint ${number} is signed with a key that is not trusted: ${key_id}`;
    }
    if (!isSignedBy(key, checkpointText(checkpoint), signature)) return `checkpoint ${number} has a false signature`;
    const behind = checkpoint.heads.find(({ chain, seq }) => seq <= (this.marks.get(chain)?.at(-1)?.seq ?? 0));
    return behind === undefined ? undefined : `checkpoint ${number} goes back in the chain ${behind.chain}`;
  }
}
