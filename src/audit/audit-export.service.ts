import { Injectable } from '@nestjs/common';
import type { Database } from '../platform/database.js';
import { AuditStore } from './audit.store.js';
import type { ChainHead } from './checkpoint.js';
import { csvHead, csvRow } from './csv.js';
import { nothingBefore } from './encoding.js';
import { jwkOf } from './signing-key.js';
import { globalChain, type TrailEntry } from './trail-entry.js';
import { writeLine } from './trail-line.js';

/** Rows of one read: what an export holds in memory, some MB where every row is large. */
const rowsAtOnce = 200;
const checkpointsAtOnce = 50;

export const exportFormats = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/**
 * The whole trail, or one chain of it, as text in pieces, without a moment at which it is held still: rows never change, and each chain
 * is read up to where its head was when its turn came.
 */
@Injectable()
export class AuditExport {
  constructor(private readonly store: AuditStore) {}

  static of(database: Database): AuditExport {
    return new AuditExport(new AuditStore(database));
  }

  /** @param chain the id of a tenant, or `global`; all of them when absent */
  write(format: ExportFormat, chain?: string): AsyncGenerator<string> {
    return format === 'csv' ? this.csv(chain) : this.ndjson(chain);
  }

  /** What `npm run audit:verify` reads. */
  async *ndjson(chain?: string): AsyncGenerator<string> {
    // Checkpoints are read up to a place of the global chain, before any other chain is: no head is then older than a checkpoint of it.
    const { seq: globalSeq = 0 } = (await this.store.head(globalChain)) ?? {};
    const checkpoints = await this.store.checkpointsTold(globalSeq);
    yield writeLine({
      type: 'trail',
      version: 1,
      chain: chain ?? null,
      made_at: new Date().toISOString(),
      global_seq: globalSeq,
      checkpoints,
    });
    for (const { public_key: x } of await this.store.signingKeys()) yield writeLine({ type: 'key', ...jwkOf(x) });
    yield* this.checkpoints(checkpoints);
    const total = { chains: 0, entries: 0 };
    for await (const head of this.heads(chain)) {
      yield writeLine({ type: 'chain', ...head });
      total.chains += 1;
      for await (const entries of this.entries(head)) {
        total.entries += entries.length;
        yield entries.map((entry) => writeLine({ type: 'entry', entry })).join('');
      }
    }
    yield writeLine({ type: 'end', ...total });
  }

  private async *csv(chain?: string): AsyncGenerator<string> {
    yield csvHead;
    for await (const head of this.heads(chain)) {
      for await (const entries of this.entries(head)) yield entries.map(csvRow).join('');
    }
  }

  private async *checkpoints(upTo: number): AsyncGenerator<string> {
    for (let after = 0; after < upTo;) {
      const found = await this.store.checkpoints(after, upTo, checkpointsAtOnce);
      yield found.map((checkpoint) => writeLine({ type: 'checkpoint', ...checkpoint })).join('');
      const last = found.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }

  /** Each head as it is when its turn comes; the global one last, for it tells of what was done to the others. */
  private async *heads(chain: string | undefined): AsyncGenerator<ChainHead> {
    if (chain !== undefined) {
      yield (await this.store.head(chain)) ?? { chain, seq: 0, hash: nothingBefore };
      return;
    }
    let page = await this.store.heads('', rowsAtOnce);
    while (page.length > 0) {
      for (const { chain: name } of page) {
        const head = name === globalChain ? undefined : await this.store.head(name);
        if (head !== undefined) yield head;
      }
      page = await this.store.heads(page.at(-1)?.chain ?? '', rowsAtOnce);
    }
    const head = await this.store.head(globalChain);
    if (head !== undefined) yield head;
  }

  private async *entries(head: ChainHead): AsyncGenerator<TrailEntry[]> {
    for (let after = 0; after < head.seq;) {
      const found = await this.store.chain(head.chain, after, head.seq, rowsAtOnce);
      const last = found.at(-1);
      if (last === undefined) return;
      yield found;
      after = last.seq;
    }
  }
}
