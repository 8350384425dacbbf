import { keepResetFields, resetFields } from './fields/reset-fields.js';
import type { JsonObject } from './json.js';
import { isBuiltin, typeOf } from './schema.js';

export interface Write {
  readonly apiVersion: string;
  readonly kind: string;
  /** absent for a create */
  readonly live: JsonObject | undefined;
  readonly written: JsonObject;
  readonly subresource?: string;
  /** whether the kind has a status subresource; known for builtin kinds */
  readonly hasStatus?: boolean;
}

/** The written object with the live status, or for a write to the status, with the live spec. */
export function keepReset({ apiVersion, kind, live, written, subresource = '', hasStatus }: Write): JsonObject {
  const reset = resetFields(typeOf(apiVersion, kind), subresource, hasStatus ?? isBuiltin(apiVersion, kind));
  return keepResetFields(reset, live, written);
}
