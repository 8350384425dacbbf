import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { TenantryError } from '../errors.js';
import { currentContext } from '../request-context.js';
import { eventFrame, heartbeatFrame, retryFrame } from './sse-frames.js';
import type { StreamedEvent } from './sse-frames.js';

/** For a route's `headers`, where a stream can be resumed: `z.object(lastEventId)`. */
export const lastEventId = {
  'last-event-id': z
    .string()
    .max(200)
    .optional()
    .describe('The id of the last event seen; the stream goes on after it.'),
};

/** Yields events until there are no more or the signal aborts: the client left, or the process shuts down. */
export type EventSource<Data> = (signal: AbortSignal) => AsyncIterable<StreamedEvent<Data>>;

/** An answer of a route that streams events, for its `answers`. `schema` is the shape of each event's `data`. */
export function eventStream<S extends z.ZodType>(schema: S, description: string) {
  return { description, schema, contentType: 'text/event-stream' as const };
}

const heartbeatMs = 15_000;
/** What a browser waits before it connects again. */
const retryMs = 2_000;

/** A caller that was revoked hears no longer of anything than this. */
const recheckMs = 1_000;
/** Each holds a connection, and asks the database again and again. */
const streamsOfOne = 100;

export interface EventStreamOptions {
  readonly heartbeatMs?: number;
  readonly recheckMs?: number;
}

/** Every open stream of the process, so that a shutdown can end them: the server waits for open answers. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStreams.name);
  /** And whose it is. */
  private readonly open = new Map<AbortController, string>();

  get count(): number {
    return this.open.size;
  }

  /**
   * The answer of a handler. The stream ends when `source` does, and within seconds when its caller would not be let in any more; faults of
   * `source` cut the connection.
   * @throws TenantryError `too_many_streams` where the caller has that many open on this replica
   */
  stream<Data>(source: EventSource<Data>, options: EventStreamOptions = {}): StreamableFile {
    const { actor = '', stillAllowed } = currentContext() ?? {};
    this.assertRoomFor(actor);
    const controller = new AbortController();
    this.open.set(controller, actor);
    if (stillAllowed !== undefined) {
      void endWhenRefused(stillAllowed, controller, options.recheckMs ?? recheckMs);
    }
    const frames = this.logged(framesOf(source, controller.signal, options.heartbeatMs ?? heartbeatMs));
    const readable = Readable.from(frames, { objectMode: false });
    const destroy = readable._destroy.bind(readable);
    // Readable.from would wait for the next frame before it heard that the client has left.
    readable._destroy = (error, done): void => {
      controller.abort();
      destroy(error, done);
    };
    readable.once('close', () => this.open.delete(controller));
    return new StreamableFile(readable, { type: 'text/event-stream' });
  }

  beforeApplicationShutdown(): void {
    for (const controller of this.open.keys()) controller.abort();
  }

  private assertRoomFor(caller: string): void {
    const own = [...this.open.values()].filter((other) => other === caller).length;
    if (own < streamsOfOne) return;
    throw new TenantryError('limited', 'too_many_streams', `No more than ${streamsOfOne} streams at a time; end one.`, {
      members: { retry_after_seconds: 1 },
    });
  }

  /** A failed source cuts the connection, so that the client comes back and resumes. */
  private async *logged(frames: AsyncIterable<string>): AsyncGenerator<string> {
    try {
      yield* frames;
    } catch (error) {
      this.logger.error({ message: 'an event stream failed', err: error });
      throw error;
    }
  }
}

/** Whoever is let in no more is not told why: who comes again hears it. */
async function endWhenRefused(
  stillAllowed: () => Promise<boolean>,
  controller: AbortController,
  everyMs: number,
): Promise<void> {
  const { signal } = controller;
  while (!signal.aborted) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted && !(await stillAllowed())) controller.abort();
  }
}

async function* framesOf<Data>(
  source: EventSource<Data>,
  signal: AbortSignal,
  heartbeat: number,
): AsyncGenerator<string> {
  // Sent at once: the client has its headers, and proxies see that something flows.
  yield retryFrame(retryMs);
  const events = source(signal)[Symbol.asyncIterator]();
  try {
    let next = events.next();
    while (true) {
      const outcome = await firstOf(next, heartbeat, signal);
      if (outcome === 'aborted') return;
      if (outcome === 'idle') {
        yield heartbeatFrame;
        continue;
      }
      if (outcome.done) return;
      yield eventFrame(outcome.value);
      next = events.next();
    }
  } finally {
    // Not awaited: a source that does not heed the signal would hold the connection.
    Promise.resolve(events.return?.()).catch(() => undefined);
  }
}

/** The next event, or `idle` after `ms` without one, or `aborted`. Leaves no timer and no listener behind. */
async function firstOf<T>(next: Promise<T>, ms: number, signal: AbortSignal): Promise<T | 'idle' | 'aborted'> {
  const waiting = new AbortController();
  const idle = delay(ms, 'idle' as const, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(
    () => 'aborted' as const,
  );
  // Should the wait be left first, nobody else hears of a fault.
  next.catch(() => undefined);
  try {
    return await Promise.race([next, idle]);
  } finally {
    waiting.abort();
  }
}
