import { applyDefaults } from '../../apply/defaults.js';
import { decodeObject, type Decoded, type FieldValidation } from '../../apply/decode.js';
import { isFields, stringAt, type Fields } from '../../store/fields.js';
import type { KubeObject, ResourceType } from '../../store/kube-object.js';
import { badRequest } from '../../store/status-error.js';
import { isKubeObject } from '../http/object-json.js';
import { groupVersionOf, type ServedType } from '../served-types.js';

/**
 * Gives a body its kind, apiVersion and metadata where it lacks them, and checks that they are those of the path.
 * Throws 400.
 */
export function asObjectOf(type: ResourceType, body: Fields): KubeObject {
  const apiVersion = groupVersionOf(type);
  const ofBody = stringAt(body, 'apiVersion') || apiVersion;
  const kind = stringAt(body, 'kind') || type.kind;
  if (kind !== type.kind) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(ofBody)} cannot be handled as a ${type.kind}: unknown conversion`,
    );
  }
  if (ofBody !== apiVersion) {
    throw badRequest(`the API version in the data (${ofBody}) does not match the expected API version (${apiVersion})`);
  }
  const metadata = isFields(body['metadata']) ? body['metadata'] : {};
  const object: unknown = { ...body, apiVersion, kind, metadata };
  if (!isKubeObject(object)) throw badRequest(`Object 'Kind' is missing in ${JSON.stringify(JSON.stringify(body))}`);
  return object;
}

export interface ReadObject {
  /** in the stored version, with defaults */
  object: KubeObject;
  warnings: readonly string[];
}

/** Reads the object of a create or a replace: checked against its type, in the stored version, defaults filled in. */
export function readObject(served: ServedType, body: Fields, validation: FieldValidation): ReadObject {
  const { type } = served;
  const object = asObjectOf(type, body);
  return finishDecoded(served, decodeObject(groupVersionOf(type), type.kind, object, validation));
}

/** The stored form of what was decoded in the served version. */
export function finishDecoded(served: ServedType, { object, warnings }: Decoded): ReadObject {
  const decoded = mustBeObject(object);
  const stored = served.convert === undefined ? decoded : served.convert.toStored(decoded);
  return { object: withDefaults(stored), warnings };
}

/** The object with everything filled in that the server fills in. */
export function withDefaults(object: KubeObject): KubeObject {
  return mustBeObject(applyDefaults(object.apiVersion, object.kind, object));
}

/** Narrows what the apply functions answer: they keep kind and metadata. */
export function mustBeObject(value: unknown): KubeObject {
  if (!isKubeObject(value)) throw badRequest('the object has no kind or no metadata');
  return value;
}
