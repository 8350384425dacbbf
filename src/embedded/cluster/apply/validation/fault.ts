import { type StatusCause, StatusError } from '../../store/status-error.js';

/** A fault of one field, with the text that stands behind its path: `Invalid value: -1: must be …`. */
export interface FieldFault {
  readonly field: string;
  readonly reason: FaultReason;
  readonly message: string;
}

type FaultReason =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueForbidden'
  | 'FieldValueNotSupported'
  | 'FieldValueNotFound'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany';

/** A value that is not allowed, and why. */
export function fieldInvalid(field: string, value: unknown, why: string): FieldFault {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${printValue(value)}${detail(why)}` };
}

/** A value that is missing or empty. */
export function fieldRequired(field: string, why = ''): FieldFault {
  return { field, reason: 'FieldValueRequired', message: `Required value${detail(why)}` };
}

/** A field that may not be set, or may not change. */
export function fieldForbidden(field: string, why: string): FieldFault {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden${detail(why)}` };
}

/** A text that is not one of a few; these are named in order. */
export function fieldNotSupported(field: string, value: unknown, supported: readonly string[]): FieldFault {
  const list = [...supported]
    .sort()
    .map((text) => JSON.stringify(text))
    .join(', ');
  const message = `Unsupported value: ${printValue(value)}: supported values: ${list}`;
  return { field, reason: 'FieldValueNotSupported', message };
}

/** A name of something that is not there. */
export function fieldNotFound(field: string, value: unknown): FieldFault {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${printValue(value)}` };
}

/** A value that may stand only once. */
export function fieldDuplicate(field: string, value: unknown): FieldFault {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${printValue(value)}` };
}

/** A value with more bytes than allowed. */
export function fieldTooLong(field: string, limit: number): FieldFault {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${limit} bytes` };
}

function detail(why: string): string {
  return why === '' ? '' : `: ${why}`;
}

function printValue(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** Whom a refusal is about. */
export interface About {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** 422 with all faults at once, each said only once, worded as the API server words an aggregate. */
export function refused({ group, kind, name }: About, faults: readonly FieldFault[]): StatusError {
  const texts = [...new Set(faults.map(({ field, message }) => `${field}: ${message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const causes: StatusCause[] = faults.map(({ field, reason, message }) => ({ reason, message, field }));
  const details = {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  };
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return new StatusError(422, 'Invalid', `${qualified} ${JSON.stringify(name)} is invalid: ${list}`, details);
}
