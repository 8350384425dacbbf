import type { JsonObject } from '../json.js';
import { objectFaults } from '../validate.js';

/** The faults of an object as messages print them, metadata left out unless it is given. */
export function faultsOf(apiVersion: string, kind: string, body: JsonObject): string[] {
  const object = { metadata: { name: 'x' }, ...body };
  return objectFaults(apiVersion, kind, object).map(({ field, message }) => `${field}: ${message}`);
}
