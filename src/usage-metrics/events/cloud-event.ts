import { faultOfTime } from './event-time.js';
import { hasUnstorableText, type JsonScan, maxExponent, maxNumberDigits } from './json-scan.js';
import { faultsOfOwn } from './own-events.js';
import { isUri, isUriReference } from './uri.js';

/** Why an event is refused. `code` is stable; `message` says all of its faults. */
export interface EventFault {
  readonly code: EventFaultCode;
  readonly message: string;
}

export const eventFaultCodes = [
  'invalid_event',
  'event_too_large',
  'nested_too_deep',
  'number_out_of_range',
  'invalid_text',
  'duplicate_attribute',
  'time_out_of_range',
  'reserved_type',
  'reserved_source',
  'subject_required',
  'tenant_not_found',
] as const;
export type EventFaultCode = (typeof eventFaultCodes)[number];

/** Bytes of one event's JSON. */
export const maxEventBytes = 65_536;
/** Bytes of one attribute. */
const maxAttributeBytes = 1_024;
/** Levels of objects and arrays, the event itself among them. */
export const maxEventDepth = 32;

type Check = (value: unknown) => string | undefined;

const required = ['specversion', 'id', 'source', 'type'] as const;

/** The attributes that CloudEvents 1.0 names; every other is an extension. */
const checks = new Map<string, Check>([
  ['specversion', (value) => (value === '1.0' ? undefined : 'is not "1.0"')],
  ['id', faultOfText],
  ['type', faultOfText],
  ['subject', faultOfText],
  ['source', (value) => faultOfText(value) ?? (isUriReference(String(value)) ? undefined : 'is no URI reference')],
  ['dataschema', (value) => faultOfText(value) ?? (isUri(String(value)) ? undefined : 'is no absolute URI')],
  [
    'datacontenttype',
    (value) => faultOfText(value) ?? (mediaType.test(String(value)) ? undefined : 'is no media type'),
  ],
  ['data_base64', (value) => (typeof value === 'string' && base64.test(value) ? undefined : 'is no Base64')],
  // Below, for it has a code of its own; and what is anything.
  ['time', () => undefined],
  ['data', () => undefined],
]);

const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:\s*;.*)?$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What CloudEvents calls a String has none of these. */
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const printable = /^[ -~]*$/;

/**
 * Judges one event by CloudEvents 1.0, by what is stored without change, and by whether it is one that only Tenantry makes.
 * @param event what `JSON.parse` made of it
 * @param json its text
 * @param amends the source of the event that it replaces, if it does
 * @returns undefined when it is good
 */
export function faultOfEvent(event: unknown, json: string, scan: JsonScan, amends?: string): EventFault | undefined {
  if (!isObject(event)) return { code: 'invalid_event', message: 'is no JSON object' };
  const faults = [...faultsOfSize(json, scan), ...faultsOfAttributes(event, scan), ...faultsOfOwn(event, amends)];
  const [first] = faults;
  return first && { code: first.code, message: faults.map(({ message }) => message).join('; ') };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function faultsOfSize(json: string, scan: JsonScan): EventFault[] {
  const faults: EventFault[] = [];
  if (exceedsBytes(json, maxEventBytes))
    faults.push({ code: 'event_too_large', message: `is larger than ${maxEventBytes} bytes` });
  if (scan.depth > maxEventDepth)
    faults.push({ code: 'nested_too_deep', message: `is nested deeper than ${maxEventDepth} levels` });
  if (scan.hugeNumber)
    faults.push({
      code: 'number_out_of_range',
      message: `has a number of more than ${maxNumberDigits} digits, or with an exponent beyond ${maxExponent}`,
    });
  if (hasUnstorableText(json))
    faults.push({ code: 'invalid_text', message: 'has text with a NUL character or half of a surrogate pair' });
  return faults;
}

function faultsOfAttributes(event: Record<string, unknown>, scan: JsonScan): EventFault[] {
  const faults: EventFault[] = [];
  const names = Object.keys(event);
  if (scan.members > names.length)
    faults.push({ code: 'duplicate_attribute', message: 'has an attribute that stands twice' });
  for (const name of required) {
    if ((event[name] ?? null) === null) faults.push({ code: 'invalid_event', message: `${name} is required` });
  }
  for (const name of names) {
    const value = event[name];
    // An attribute that is null is one that is absent.
    if (value === null) continue;
    const check = checks.get(name);
    const message = check ? check(value) : faultOfExtension(name, value);
    if (message !== undefined) faults.push({ code: 'invalid_event', message: `${shown(name)} ${message}` });
  }
  if ((event['data'] ?? null) !== null && (event['data_base64'] ?? null) !== null)
    faults.push({ code: 'invalid_event', message: 'data and data_base64 exclude each other' });
  faults.push(...faultsOfTime(event['time'] ?? null));
  return faults;
}

function faultsOfTime(time: unknown): EventFault[] {
  if (time === null) return [];
  const fault = typeof time === 'string' ? faultOfTime(time) : 'malformed';
  if (fault === undefined) return [];
  if (fault === 'out_of_range') return [{ code: 'time_out_of_range', message: 'time is before 1970' }];
  return [{ code: 'invalid_event', message: 'time is no RFC 3339 time, such as 2026-11-20T08:30:00Z' }];
}

function faultOfText(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is no text';
  return value === '' ? 'is empty' : faultOfString(value);
}

function faultOfString(value: string): string | undefined {
  if (exceedsBytes(value, maxAttributeBytes)) return `is longer than ${maxAttributeBytes} bytes`;
  if (printable.test(value)) return undefined;
  return forbidden.test(value) ? 'has a control character, or one that Unicode does not have' : undefined;
}

const extensionName = /^[a-z0-9]{1,64}$/;

function faultOfExtension(name: string, value: unknown): string | undefined {
  if (!extensionName.test(name)) return 'is no name of an attribute: lower-case letters and digits, at most 64';
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return faultOfString(value);
  // CloudEvents knows no other numbers; what counts stands in data.
  if (typeof value === 'number' && value === (value | 0)) return undefined;
  return 'is no text, boolean or 32-bit integer, as extensions are';
}

function exceedsBytes(text: string, limit: number): boolean {
  // No character is more than three bytes for each of its code units.
  return text.length > limit || (text.length * 3 > limit && Buffer.byteLength(text) > limit);
}

/** A name that somebody made up, in a message that a log or a page may show. */
function shown(name: string): string {
  return printable.test(name) && name.length <= 64 ? name : 'a member';
}
