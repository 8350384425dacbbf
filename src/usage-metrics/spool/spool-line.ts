import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { PendingEvent } from '../events/pending-event.js';

/** An event as a spool keeps it: it says when it arrived. */
export type SpooledEvent = PendingEvent & { readonly receivedAt: string };

const kept = z.object({
  received_at: z.string(),
  tenant_id: z.string().optional(),
  subject: z.string().optional(),
  json: z.string(),
});

const opening = '{"crc":"';
const closing = '",';
const digits = 8;
const checkedFrom = opening.length + digits + closing.length;

/**
 * The line of one event, with its end: JSON whose first member is the CRC-32, in hex, of all bytes after that member. The event's own
 * text is a JSON string, for it may have line ends of its own, and no number in it is to be read on the way.
 */
export function lineOf(event: SpooledEvent): string {
  const checked = JSON.stringify(membersOf(event)).slice(1);
  return `${opening}${checksumOf(Buffer.from(checked))}${closing}${checked}\n`;
}

/** By the names they have in files. What is undefined is left out by JSON. */
function membersOf({ receivedAt, tenantId, subject, json }: SpooledEvent): Record<string, string | undefined> {
  return { received_at: receivedAt, tenant_id: tenantId, subject, json };
}

/** @param line without its end. @returns undefined for what is not, byte for byte, as it was written */
export function eventOf(line: Buffer): SpooledEvent | undefined {
  const checked = line.subarray(checkedFrom);
  if (line.toString('latin1', 0, checkedFrom) !== `${opening}${checksumOf(checked)}${closing}`) return undefined;
  const parsed = kept.safeParse(parse(`{${checked.toString('utf8')}`));
  if (!parsed.success) return undefined;
  const { received_at: receivedAt, tenant_id: tenantId, subject, json } = parsed.data;
  return {
    receivedAt,
    json,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(digits, '0');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
