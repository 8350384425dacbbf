import protobuf from 'protobufjs';

import { isFields, stringAt, type Fields } from '../../store/fields.js';
import { badRequest, StatusError } from '../../store/status-error.js';
import { messageToJson } from './message-json.js';
import { VERSIONS } from './messages.js';
import { protobufSchema } from './schema.js';

/** What every protobuf body of Kubernetes begins with: `k8s` and a zero byte. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export function isProtobuf(body: Buffer): boolean {
  return body.length >= MAGIC.length && body.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Refuses what the table does not list, where protobufjs would skip it. */
class StrictReader extends protobuf.Reader {
  override skipType(wireType: number): protobuf.Reader {
    throw new Error(`unlisted member of wire type ${wireType} at byte ${this.pos}`);
  }
}

function decode(type: string, bytes: Uint8Array): unknown {
  const found = protobufSchema().types.get(type);
  if (found === undefined) throw new Error(`no message ${type}`);
  const reader = new StrictReader(bytes);
  return found.decode(reader, bytes.length);
}

/**
 * The JSON of a protobuf body. Throws 400 on what is malformed, 415 on a kind that is not listed: helm and kubectl send
 * only those.
 */
export function decodeProtobuf(body: Buffer): Fields {
  if (!isProtobuf(body))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    const unknown = decode('Unknown', body.subarray(MAGIC.length));
    const apiVersion = stringAt(unknown, 'typeMeta', 'apiVersion') ?? '';
    const kind = stringAt(unknown, 'typeMeta', 'kind') ?? '';
    const raw = isFields(unknown) && unknown['raw'] instanceof Uint8Array ? unknown['raw'] : new Uint8Array();
    if (VERSIONS[kind] !== apiVersion) throw notUnderstood(apiVersion, kind);
    return { apiVersion, kind, ...messageToJson(kind, decode(kind, raw)) };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`unable to decode protobuf: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function notUnderstood(apiVersion: string, kind: string): StatusError {
  const message = `protobuf is not understood for ${apiVersion} ${kind}; send application/json`;
  return new StatusError(415, 'UnsupportedMediaType', message, {});
}
