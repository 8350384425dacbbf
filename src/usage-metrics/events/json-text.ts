import { isAscii, isUtf8 } from 'node:buffer';
import { TenantryError } from '../../platform/errors.js';
import { readJson } from '../../platform/http/json-body.js';

/** The marks that other encodings begin with. UTF-32 first: its little-endian one begins as that of UTF-16. */
const marks: readonly (readonly [string, readonly number[]])[] = [
  ['UTF-32', [0xff, 0xfe, 0, 0]],
  ['UTF-32', [0, 0, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
  ['UTF-8 with a byte order mark', [0xef, 0xbb, 0xbf]],
];

/** The text of a JSON body. @throws TenantryError `invalid_encoding` for what is not UTF-8, or begins with a byte order mark (RFC 8259, 8.1) */
export function decodeJson(bytes: Buffer): string {
  // The cheapest first: nearly all JSON is ASCII.
  if (isAscii(bytes) && bytes.indexOf(0) < 0) return bytes.toString('latin1');
  const mark = marks.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  if (mark) throw wrongEncoding(`The body is ${mark[0]}`);
  // JSON has no NUL outside of the other encodings: half of each ASCII character is one there.
  if (bytes.subarray(0, 4).includes(0)) throw wrongEncoding('The body looks like UTF-16 or UTF-32');
  if (!isUtf8(bytes)) throw wrongEncoding('The body is not well-formed UTF-8');
  return bytes.toString('utf8');
}

function wrongEncoding(what: string): TenantryError {
  const message = `${what}; JSON is sent as UTF-8 without a byte order mark.`;
  return new TenantryError('invalid', 'invalid_encoding', message, {
    faults: [{ pointer: '', message: 'is not UTF-8' }],
  });
}

/** @throws TenantryError `invalid_json`, with the place where the text stops being JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(text);
  }
}

function notJson(text: string): TenantryError {
  const reading = readJson(text);
  const faults = reading.state === 'not_json' ? reading.faults : [{ pointer: '', message: 'is empty' }];
  const members = reading.state === 'not_json' ? { ...reading.place } : {};
  return new TenantryError('invalid', 'invalid_json', 'The body is not JSON.', { faults, members });
}
