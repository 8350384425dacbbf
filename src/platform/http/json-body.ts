import { visit } from 'jsonc-parser';
import type { InputFault } from '../errors.js';

/** Deeper values overflow the stack of those who walk or print them. */
export const maxJsonDepth = 64;

/** What a JSON text was found to be. `place` is where it stops being JSON, where that can be told. */
export type JsonReading =
  | { state: 'read'; value: unknown }
  | { state: 'refused'; faults: InputFault[] }
  | { state: 'not_json'; faults: InputFault[]; place?: JsonPlace };

export interface JsonPlace {
  /** Characters from the start of the text, from 0. */
  position: number;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/** Reads the text of a body; an empty one is `undefined`. The text is never repeated in a fault: it can hold secrets. */
export function readJson(text: string): JsonReading {
  if (text.trim() === '') return { state: 'read', value: undefined };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return notJson(text);
  }
  const faults = faultsOfJson(value);
  return faults.length > 0 ? { state: 'refused', faults } : { state: 'read', value };
}

/** One JSON pointer token, escaped as RFC 6901 says. */
export function pointerToken(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * What no room accepts, wherever it stands: nesting beyond `maxJsonDepth`, keys that pollute prototypes, and text that
 * Postgres cannot hold (NUL, halves of a surrogate pair).
 */
export function faultsOfJson(value: unknown, pointer = '', depth = 0): InputFault[] {
  if (typeof value === 'string') return faultsOfText(value, pointer);
  if (typeof value !== 'object' || value === null) return [];
  if (depth >= maxJsonDepth) return [{ pointer, message: `is nested deeper than ${maxJsonDepth} levels` }];
  const faults: InputFault[] = [];
  for (const key of Object.keys(value)) {
    const child: unknown = Reflect.get(value, key);
    if (!isHarmless(child, key)) faults.push(...faultsOfMember(key, child, `${pointer}/${pointerToken(key)}`, depth));
  }
  return faults;
}

/** Most members are clean text, numbers or booleans; these need no pointer made. */
function isHarmless(value: unknown, key: string): boolean {
  if (key === '__proto__' || key === 'constructor' || !isCleanText(key)) return false;
  return typeof value === 'string' ? isCleanText(value) : typeof value !== 'object' || value === null;
}

function faultsOfMember(key: string, value: unknown, pointer: string, depth: number): InputFault[] {
  if (pollutesPrototype(key, value)) return [{ pointer, message: 'is not an allowed key' }];
  return [...faultsOfText(key, pointer), ...faultsOfJson(value, pointer, depth + 1)];
}

function pollutesPrototype(key: string, value: unknown): boolean {
  if (key === '__proto__') return true;
  return key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}

function isCleanText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function faultsOfText(text: string, pointer: string): InputFault[] {
  if (isCleanText(text)) return [];
  return [{ pointer, message: text.includes('\0') ? 'holds a NUL character' : 'is not well-formed Unicode' }];
}

function notJson(text: string): JsonReading {
  const place = placeOfFirstFault(text);
  if (!place) return { state: 'not_json', faults: [{ pointer: '', message: 'is not JSON' }] };
  const message = `is not JSON at line ${place.line}, column ${place.column}`;
  return { state: 'not_json', faults: [{ pointer: '', message }], place };
}

class FirstFault extends Error {
  constructor(readonly place: JsonPlace) {
    super('found');
  }
}

/** V8 tells no position of an unexpected token, so a second parser looks for it; `undefined` when nesting defeats it. */
function placeOfFirstFault(text: string): JsonPlace | undefined {
  try {
    visit(
      text,
      {
        onError: (_code, position, _length, line, column) => {
          throw new FirstFault({ position, line: line + 1, column: column + 1 });
        },
      },
      { disallowComments: true },
    );
  } catch (error) {
    if (error instanceof FirstFault) return error.place;
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
