import { badRequest, type StatusError } from '../store/status-error.js';
import { goValue } from './go-value.js';
import { isObject, type JsonObject } from './json.js';
import { splitApiVersion, typeOf } from './schema.js';
import { type DecodingFaults, decodingFaults } from './schema/decoding.js';
import { storedForm } from './schema/stored-form.js';
import { fieldInvalid, refused } from './validation/fault.js';

/** What a client asks to happen with fields that the kind does not have. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Decoded {
  /** the object without what it says in vain: unknown fields, nulls, empty lists */
  readonly object: JsonObject;
  /** for `Warn`: what to send as Warning headers */
  readonly warnings: readonly string[];
}

/** Reads the body of a create or an update. Throws StatusError 400 for a value of a wrong type, or an unknown field when strict. */
export function decodeObject(apiVersion: string, kind: string, body: JsonObject, validation: FieldValidation): Decoded {
  const type = typeOf(apiVersion, kind);
  const faults = decodingFaults(type, body, 'json');
  const fault = decisiveFault(faults, validation);
  if (fault !== undefined) {
    const { version } = splitApiVersion(apiVersion);
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${fault}`);
  }
  return decoded(storedForm(type, body), faults, validation);
}

/** Strategic merge patches are decoded another way than the others, and worded so. */
export type PatchForm = 'strategic' | 'other';

/**
 * Reads the result of a patch; the patch itself is for the message. Throws StatusError 422 as the API server does for a
 * patch that makes a bad object.
 */
export function decodePatched(
  apiVersion: string,
  kind: string,
  patched: JsonObject,
  patch: unknown,
  validation: FieldValidation,
  form: PatchForm = 'other',
): Decoded {
  const type = typeOf(apiVersion, kind);
  const faults = decodingFaults(type, patched, form === 'strategic' ? 'unstructured' : 'json');
  const fault = decisiveFault(faults, validation);
  if (fault !== undefined) throw patchFault(form === 'strategic' ? goValue(patch) : JSON.stringify(patched), fault);
  return decoded(storedForm(type, patched), faults, validation);
}

function patchFault(value: string, fault: string): StatusError {
  return refused({ group: '', kind: '', name: '' }, [fieldInvalid('patch', value, fault)]);
}

function decoded(object: JsonObject, { unknown }: DecodingFaults, validation: FieldValidation): Decoded {
  return { object, warnings: validation === 'Warn' ? unknown.map(unknownField) : [] };
}

function decisiveFault({ type, unknown }: DecodingFaults, validation: FieldValidation): string | undefined {
  if (type !== undefined || unknown.length === 0 || validation !== 'Strict') return type;
  return `strict decoding error: ${unknown.map(unknownField).join(', ')}`;
}

function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

/** Adds what a Secret or ConfigMap is sent as but not stored as: `stringData` becomes `data`. */
export function withStringData(apiVersion: string, kind: string, object: JsonObject): JsonObject {
  const { stringData, ...rest } = object;
  if (apiVersion !== 'v1' || kind !== 'Secret' || !isObject(stringData)) return object;
  const data: JsonObject = isObject(rest['data']) ? { ...rest['data'] } : {};
  for (const [key, text] of Object.entries(stringData)) {
    if (typeof text === 'string') data[key] = Buffer.from(text, 'utf8').toString('base64');
  }
  return { ...rest, data };
}
