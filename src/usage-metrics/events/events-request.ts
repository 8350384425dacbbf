import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TenantryError } from '../../platform/errors.js';
import { isBinaryMode, textOfBinaryEvent } from './binary-event.js';
import { decodeJson } from './json-text.js';
import type { Shape } from './read-events.js';

/** Bytes of a body, packed and unpacked. */
export const maxBodyBytes = 5 * 1024 * 1024;

export const eventType = 'application/cloudevents+json';
export const batchType = 'application/cloudevents-batch+json';
const plainType = 'application/json';

/** The codings of a body that are undone; `x-gzip` is an old name of the same. */
export const codings = ['gzip', 'x-gzip'] as const;

export interface EventsText {
  readonly text: string;
  readonly shape: Shape;
}

type Headers = Readonly<Record<string, unknown>>;

const unpack = promisify(gunzip);

/**
 * The JSON of the events that a request brings, in whichever of the modes of CloudEvents' HTTP binding they came.
 * @throws TenantryError `unsupported_media_type`, `invalid_encoding`, `invalid_gzip`, `body_too_large`
 */
export async function textOfRequest(headers: Headers, body: Buffer): Promise<EventsText> {
  const type = headers['content-type'];
  const shape = shapeOf(type, headers);
  const bytes = isPacked(headers) ? await unpacked(body) : body;
  if (shape === 'binary') return { text: textOfBinaryEvent(headers, bytes), shape: 'event' };
  assertUtf8(type);
  return { text: decodeJson(bytes), shape };
}

function isPacked({ 'content-encoding': coding }: Headers): boolean {
  return typeof coding === 'string' && coding.toLowerCase() !== 'identity';
}

function shapeOf(type: unknown, headers: Headers): Shape | 'binary' {
  const [essence = ''] = typeof type === 'string' ? type.split(';', 1) : [];
  const name = essence.trim().toLowerCase();
  if (name === eventType) return 'event';
  if (name === batchType) return 'batch';
  if (name.startsWith('application/cloudevents')) throw unsupportedType();
  if (isBinaryMode(headers)) return 'binary';
  if (name === plainType) return 'either';
  throw unsupportedType();
}

function assertUtf8(type: unknown): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(String(type)) ?? [];
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw new TenantryError('unsupported', 'unsupported_media_type', 'JSON is sent as UTF-8, in no other charset.');
  }
}

async function unpacked(body: Buffer): Promise<Buffer> {
  try {
    return await unpack(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (isTooLarge(error)) {
      throw new TenantryError('too_large', 'body_too_large', `The body unpacks to more than ${maxBodyBytes} bytes.`);
    }
    throw new TenantryError('invalid', 'invalid_gzip', 'The body is no gzip, though Content-Encoding says so.', {
      faults: [{ pointer: 'Content-Encoding:', message: 'is not how the body is packed' }],
    });
  }
}

function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE';
}

function unsupportedType(): TenantryError {
  const types = `${eventType}, ${batchType} or ${plainType}, or of any type with attributes in Ce- headers`;
  return new TenantryError('unsupported', 'unsupported_media_type', `The body must be ${types}.`);
}
