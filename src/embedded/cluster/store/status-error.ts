export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The body of every answer that is not 2xx: metav1.Status. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** A refusal in the words of the real API server; carries the HTTP code, the reason and the details clients read. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
  ) {
    super(message);
  }

  /** The metav1.Status to send. */
  body(): StatusBody {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, `pods`: how messages name a type. */
export function qualifiedResource(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function aboutObject(group: string, resource: string, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource };
}

export function notFound(group: string, resource: string, name: string): StatusError {
  const message = `${qualifiedResource(group, resource)} "${name}" not found`;
  return new StatusError(404, 'NotFound', message, aboutObject(group, resource, name));
}

/** A name that is taken; the message says when its owner is on its way out. */
export function alreadyExists(
  { group, resource }: { group: string; resource: string },
  name: string,
  beingDeleted: boolean,
): StatusError {
  const prefix = beingDeleted ? 'object is being deleted: ' : '';
  const message = `${prefix}${qualifiedResource(group, resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, aboutObject(group, resource, name));
}

export function conflict(group: string, resource: string, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(group, resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, aboutObject(group, resource, name));
}

/** What two writers of one object get: the second one's version is stale. */
export function staleVersion(group: string, resource: string, name: string): StatusError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(group, resource, name, why);
}

export function forbidden(
  group: string,
  resource: string,
  name: string,
  why: string,
  causes?: StatusCause[],
): StatusError {
  const named = name === '' ? '' : ` "${name}"`;
  const message = `${qualifiedResource(group, resource)}${named} is forbidden: ${why}`;
  const about = aboutObject(group, resource, name);
  return new StatusError(403, 'Forbidden', message, causes === undefined ? about : { ...about, causes });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** A fault of one field, as `field.Error` prints it: `spec.replicas: Invalid value: -1: must be …`. */
export interface FieldFault {
  field: string;
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong';
  /** the text after `field: `, for instance `Required value` */
  message: string;
}

/** 422 with all faults at once, worded as the API server words an aggregate. */
export function invalid(group: string, kind: string, name: string, faults: readonly FieldFault[]): StatusError {
  const texts = faults.map((fault) => `${fault.field}: ${fault.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  const causes = faults.map(({ field, reason, message }) => ({ reason, message, field }));
  const about = { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind, causes };
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, about);
}

/** 410: the version asked for is no longer at hand; clients list again. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}
