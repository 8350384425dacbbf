import type { IncomingMessage } from 'node:http';

import { parse } from 'yaml';

import { isFields, type Fields } from '../../store/fields.js';
import { badRequest, StatusError } from '../../store/status-error.js';
import { decodeProtobuf, isProtobuf } from '../protobuf/envelope.js';

/** As large as a request body may be. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

/** Reads the whole body. Throws 413 when it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.headers['content-length'] === '0') return EMPTY;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_BODY_BYTES) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`, {});
    }
    chunks.push(bytes);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Parses a body of an object: JSON, YAML or protobuf. Throws 400 when it cannot be read, 415 for other types. */
export function parseObjectBody(body: Buffer, contentType: string | undefined): Fields {
  const media = mediaType(contentType);
  if (media === 'application/vnd.kubernetes.protobuf' || isProtobuf(body)) return decodeProtobuf(body);
  if (media === 'application/json' || media === '') return parseJson(body);
  if (media === 'application/yaml') return parseYaml(body);
  throw unsupportedMediaType(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
}

/** The media type without parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const list = accepted.join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return new StatusError(415, 'UnsupportedMediaType', message, {});
}

/** Parses JSON that must be an object. Throws 400. */
export function parseJson(body: Buffer): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
  return mustBeObject(parsed);
}

/** Parses YAML, of which JSON is a part. Throws 400. */
export function parseYaml(body: Buffer): Fields {
  const text = body.toString();
  if (text.trimStart().startsWith('{')) return parseJson(body);
  try {
    return mustBeObject(parse(text));
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function mustBeObject(parsed: unknown): Fields {
  if (!isFields(parsed)) {
    throw badRequest(
      "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct",
    );
  }
  return parsed;
}
