import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { EventSpool } from '../../../src/usage-metrics/spool/event-spool.service.js';
import { lineOf } from '../../../src/usage-metrics/spool/spool-line.js';
import { breakDisk, eventsOf, filesIn, forgetOwner, idsOf, type SpoolBench } from './spools.js';

/** What happens to a spool. */
type Step =
  | { readonly kind: 'append'; readonly writers: readonly number[] }
  | { readonly kind: 'append to a failing disk'; readonly at: 'write' | 'datasync' }
  | { readonly kind: 'drain'; readonly batches: number }
  | { readonly kind: 'kill'; readonly torn: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'a day passes' };

export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    writers: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('append to a failing disk' as const), at: fc.constantFrom('write', 'datasync') }),
  fc.record({ kind: fc.constant('drain' as const), batches: fc.nat(4) }),
  fc.record({ kind: fc.constant('kill' as const), torn: fc.nat(200) }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('a day passes' as const) }),
);

/** A spool, what it acknowledged, and what came out of it. */
export class Campaign {
  readonly acknowledged: string[] = [];
  readonly sent: string[] = [];
  private next = 0;

  private constructor(
    private readonly bench: SpoolBench,
    private readonly directory: string,
    private readonly rotateBytes: number,
    private spool: EventSpool,
  ) {}

  static async start(bench: SpoolBench, rotateBytes: number): Promise<Campaign> {
    const directory = await bench.directory();
    return new Campaign(bench, directory, rotateBytes, await bench.start(directory, { rotateBytes }));
  }

  async take(taken: Step): Promise<void> {
    switch (taken.kind) {
      case 'append':
        await Promise.all(taken.writers.map((events) => this.append(events)));
        return;
      case 'append to a failing disk':
        return this.appendInVain(taken.at);
      case 'drain':
        return this.drain(taken.batches);
      case 'kill':
        return this.kill(taken.torn);
      case 'restart':
        await this.spool.onApplicationShutdown();
        return this.reopen();
      case 'a day passes':
        return this.bench.clock.advance(86_400_000);
    }
  }

  async end(): Promise<void> {
    await this.drain(Infinity);
    assert.deepEqual(this.spool.size(), { events: 0, bytes: 0 });
    assert.deepEqual(this.spool.damagedLines, 0);
    // A live file may be there, empty.
    const files = await filesIn(this.directory);
    assert(files.every((name) => name === 'usage.jsonl'));
    // The database knows each event by its id: what comes again is the same.
    assert.deepEqual([...new Set(this.sent)], this.acknowledged);
  }

  private async append(events: number): Promise<void> {
    const ids = Array.from({ length: events }, () => String((this.next += 1)));
    const appending = this.spool.append(eventsOf(ids));
    this.acknowledged.push(...ids);
    await appending;
  }

  private async appendInVain(at: 'write' | 'datasync'): Promise<void> {
    const mend = await breakDisk([at], 'ENOSPC');
    try {
      await assert.rejects(this.spool.append(eventsOf(['refused', 'too'])), { code: 'spool_full' });
    } finally {
      mend();
    }
  }

  private async drain(batches: number): Promise<void> {
    let left = batches;
    const sending = this.spool.drain(async (events) => {
      if (left === 0) throw new Error('away');
      left -= 1;
      this.sent.push(...idsOf(events));
    }, new AbortController().signal);
    await sending.catch((error: unknown) => assert.deepEqual(error, new Error('away')));
  }

  /** In the middle of a write that nobody was told of. */
  private async kill(torn: number): Promise<void> {
    const line = Buffer.from(lineOf({ receivedAt: '2030-01-05T00:00:00Z', json: '{"id":"torn","data":"ü"}' }));
    await appendFile(join(this.directory, 'usage.jsonl'), line.subarray(0, Math.min(torn, line.length - 1)));
    await forgetOwner(this.directory);
    return this.reopen();
  }

  private async reopen(): Promise<void> {
    const { events } = this.spool.size();
    this.spool = await this.bench.start(this.directory, { rotateBytes: this.rotateBytes });
    assert(this.spool.size().events >= events);
  }
}
