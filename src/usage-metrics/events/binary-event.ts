import { isUtf8 } from 'node:buffer';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import { headerName } from '../../platform/http/faults.js';
import { decodeJson, parseJson } from './json-text.js';

type Headers = Readonly<Record<string, unknown>>;

/** What the body and the type of the body are for; no header stands for them. */
const reserved = new Set(['data', 'data_base64', 'datacontenttype']);
const prefix = 'ce-';

const jsonType = /^[\w.+-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const textType = /^(?:text\/|application\/(?:[\w.-]+\+)?xml)/i;

/** Whether a request is one event whose attributes are headers (HTTP protocol binding for CloudEvents, 3.1). */
export function isBinaryMode(headers: Headers): boolean {
  return Object.keys(headers).some((name) => name.startsWith(prefix));
}

/**
 * The JSON of such an event: JSON data as it came, text as text, anything else as Base64.
 * @throws TenantryError `validation_failed` for headers that cannot be decoded, `invalid_encoding`, `invalid_json`
 */
export function textOfBinaryEvent(headers: Headers, body: Buffer): string {
  const faults: InputFault[] = [];
  const attributes: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix) || typeof value !== 'string') continue;
    const name = header.slice(prefix.length);
    const decoded = reserved.has(name) ? undefined : decodeHeader(value);
    if (decoded === undefined) faults.push({ pointer: `${headerName(header)}:`, message: messageOf(name) });
    else attributes[name] = decoded;
  }
  if (faults.length > 0) {
    throw new TenantryError('invalid', 'validation_failed', 'Attributes in headers are at fault.', { faults });
  }
  const type = headers['content-type'];
  if (typeof type === 'string') attributes['datacontenttype'] = type;
  const known = JSON.stringify(attributes);
  if (body.length === 0) return known;
  return `${known.slice(0, -1)}${known === '{}' ? '' : ','}${dataMember(type, body)}}`;
}

function messageOf(name: string): string {
  if (name === 'datacontenttype') return 'stands in Content-Type';
  return reserved.has(name) ? 'stands in the body' : 'is not percent-encoded UTF-8';
}

function dataMember(type: unknown, body: Buffer): string {
  if (typeof type !== 'string' || jsonType.test(type)) {
    const text = decodeJson(body);
    // On its own, or it could end the member and begin others.
    parseJson(text);
    return `"data":${text}`;
  }
  if (textType.test(type) && isUtf8(body) && !body.includes(0))
    return `"data":${JSON.stringify(body.toString('utf8'))}`;
  return `"data_base64":"${body.toString('base64')}"`;
}

/** @returns undefined for what is not ASCII, or does not decode */
function decodeHeader(value: string): string | undefined {
  if (!/^[\t -~]*$/.test(value)) return undefined;
  const bare = /^"(?:[^"\\]|\\.)*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}
