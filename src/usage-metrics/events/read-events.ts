import { TenantryError } from '../../platform/errors.js';
import type { Reach } from '../../platform/reach.js';
import { faultOfEvent, isObject } from './cloud-event.js';
import { scanJson } from './json-scan.js';
import { parseJson } from './json-text.js';
import type { PendingEvent, Rejection } from './pending-event.js';
import { ownerOf } from './whose-event.js';

/** Events of one request. */
export const maxEvents = 5_000;

/** What a body may be: one event, a batch, or either. */
export type Shape = 'event' | 'batch' | 'either';

export interface ReadEvents {
  readonly shape: 'event' | 'batch';
  /** How many were sent. */
  readonly count: number;
  readonly good: readonly PendingEvent[];
  /** Of each good one, its place among those sent. */
  readonly places: readonly number[];
  readonly rejected: readonly Rejection[];
}

/**
 * Reads the events of a body, each as the text that it was sent as.
 * @param reach whose events the caller may send
 * @param amends the source of the event that is replaced by what is read, if one is
 * @throws TenantryError `invalid_json`, `validation_failed` where it is not of the shape, `batch_too_large`
 */
export function readEvents(text: string, shape: Shape, reach: Reach, amends?: string): ReadEvents {
  const value = parseJson(text);
  if (!Array.isArray(value)) {
    if (shape === 'batch') throw misshapen('is no array of events');
    const sent = new SentEvents('event', reach, amends);
    sent.add(value, text, skipToValue(text, 0));
    return sent;
  }
  if (shape === 'event') throw misshapen('is an array; one event is an object');
  if (value.length > maxEvents) throw tooMany();
  const sent = new SentEvents('batch', reach, amends);
  let at = text.indexOf('[') + 1;
  for (const event of value) at = sent.add(event, text, skipToValue(text, at));
  return sent;
}

class SentEvents implements ReadEvents {
  count = 0;
  readonly good: PendingEvent[] = [];
  readonly places: number[] = [];
  readonly rejected: Rejection[] = [];

  constructor(
    readonly shape: ReadEvents['shape'],
    private readonly reach: Reach,
    private readonly amends: string | undefined,
  ) {}

  /** @param start where its text begins. @returns where that ends */
  add(event: unknown, text: string, start: number): number {
    const scan = scanJson(text, start);
    const json = text.slice(start, scan.end);
    const index = this.count;
    this.count += 1;
    const fault = faultOfEvent(event, json, scan, this.amends);
    const owner = fault ?? ownerOf(subjectOf(event), this.reach);
    if ('code' in owner) {
      this.rejected.push({ index, ...owner });
    } else {
      this.good.push({ ...owner, json });
      this.places.push(index);
    }
    return scan.end;
  }
}

function subjectOf(event: unknown): string | undefined {
  return isObject(event) && typeof event['subject'] === 'string' ? event['subject'] : undefined;
}

/** White space, and what stands between the values of an array. */
function skipToValue(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20 || text[at] === ',') at += 1;
  return at;
}

function misshapen(message: string): TenantryError {
  return new TenantryError('invalid', 'validation_failed', 'The body is not what its Content-Type says.', {
    faults: [{ pointer: '', message }],
  });
}

function tooMany(): TenantryError {
  return new TenantryError('too_large', 'batch_too_large', `There are more than ${maxEvents} events in the batch.`);
}
