import { isObject, type JsonObject } from '../json.js';
import { fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { percentFaults } from './names.js';

/** Adds what is wrong with a value that stands at a path. */
export type Check = (value: JsonObject, at: string, faults: FieldFault[]) => void;

export const NOT_NEGATIVE = 'must be greater than or equal to 0';

/** The objects of a list with their paths: `spec.ports[0]`. */
export function itemsAt(object: JsonObject, member: string, at: string): { item: JsonObject; path: string }[] {
  const items = object[member];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown, index) => (isObject(item) ? [{ item, path: `${at}.${member}[${index}]` }] : []));
}

/** The member as an object, an empty one when it is none. */
export function partOf(object: JsonObject, member: string): JsonObject {
  const part = object[member];
  return isObject(part) ? part : {};
}

/** The texts of a list. */
export function textsOf(object: JsonObject, member: string): string[] {
  const items = object[member];
  return Array.isArray(items) ? items.filter((item) => typeof item === 'string') : [];
}

/** The member as text, empty when it is none. */
export function textOf(object: JsonObject, member: string): string {
  const text = object[member];
  return typeof text === 'string' ? text : '';
}

/** Every fault of a text, at one path. */
export function addInvalid(faults: FieldFault[], at: string, value: unknown, reasons: readonly string[]): void {
  for (const reason of reasons) faults.push(fieldInvalid(at, value, reason));
}

/** A text that must be there and well formed. */
export function requireName(
  object: JsonObject,
  member: string,
  at: string,
  faults: FieldFault[],
  nameFaults: (text: string) => readonly string[],
): void {
  const text = textOf(object, member);
  if (text === '') faults.push(fieldRequired(`${at}.${member}`));
  else addInvalid(faults, `${at}.${member}`, text, nameFaults(text));
}

/** A text that must be there. */
export function requireText(object: JsonObject, member: string, at: string, faults: FieldFault[], why = ''): void {
  if (textOf(object, member) === '') faults.push(fieldRequired(`${at}.${member}`, why));
}

/** A text that may be one of a few, and must be there unless `optional`. */
export function checkOneOf(
  object: JsonObject,
  member: string,
  at: string,
  faults: FieldFault[],
  supported: readonly string[],
  presence: 'required' | 'optional' = 'required',
): void {
  const value = object[member];
  if (value === undefined || value === '') {
    if (presence === 'required') faults.push(fieldRequired(`${at}.${member}`));
  } else if (typeof value !== 'string' || !supported.includes(value)) {
    faults.push(fieldNotSupported(`${at}.${member}`, value, supported));
  }
}

/** Numbers that may not be below zero, where they are there. */
export function checkNotNegative(
  object: JsonObject,
  members: readonly string[],
  at: string,
  faults: FieldFault[],
): void {
  for (const member of members) {
    const value = object[member];
    if (typeof value === 'number' && value < 0) faults.push(fieldInvalid(`${at}.${member}`, value, NOT_NEGATIVE));
  }
}

/** A count or a percentage that may not be below zero. */
export function checkCountOrPercent(object: JsonObject, member: string, at: string, faults: FieldFault[]): void {
  const value = object[member];
  if (typeof value === 'string') addInvalid(faults, `${at}.${member}`, value, percentFaults(value));
  else checkNotNegative(object, [member], at, faults);
}

/** A percentage may not be over 100. */
export function checkAtMostAll(object: JsonObject, member: string, at: string, faults: FieldFault[]): void {
  const value = object[member];
  if (typeof value !== 'string' || percentFaults(value).length > 0 || Number.parseInt(value, 10) <= 100) return;
  faults.push(fieldInvalid(`${at}.${member}`, value, 'must not be greater than 100%'));
}
