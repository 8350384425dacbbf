import type { JsonObject } from './json.js';

/** Faults of content of a new or changed object; throws StatusError 422 with all of them at once. */
export function validateObject(_apiVersion: string, _kind: string, _object: JsonObject): void {}
