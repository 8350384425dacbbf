/** What is looked at in the text of one JSON value, and the parsed value does not tell any more. */
export interface JsonScan {
  /** The index behind the value. */
  readonly end: number;
  /** Levels of objects and arrays; 0 for a value that is neither. */
  readonly depth: number;
  /** Members of the outermost object as they were written: more than the parsed object has where a name stands twice. */
  readonly members: number;
  /** Some number is one that a double may not hold as it was written. */
  readonly exactNumbers: boolean;
  /** Some number has more digits or a larger exponent than is taken. */
  readonly hugeNumber: boolean;
}

/** Digits before and after the point together, and what an exponent may be in either direction. */
export const maxNumberDigits = 400;
export const maxExponent = 400;

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const colon = 0x3a;
const backslash = 0x5c;

/**
 * Walks one value in a text that is known to be well-formed JSON, from its first character. What `JSON.parse` hides is seen here: numbers as
 * they were written, names that stand twice, and what stood under the first of them.
 */
export function scanJson(text: string, start: number): JsonScan {
  let at = start;
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let exactNumbers = false;
  let hugeNumber = false;
  do {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === minus || isDigit(code)) {
      const end = endOfNumber(text, at);
      if (end - at > safeDigits || !isPlain(text, at, end)) {
        exactNumbers = true;
        hugeNumber ||= isHuge(text.slice(at, end));
      }
      at = end;
    } else {
      // The brackets are 0x5b and 0x5d, the braces 0x7b and 0x7d.
      if ((code | 0x20) === 0x7b) deepest = Math.max(deepest, (depth += 1));
      else if ((code | 0x20) === 0x7d) depth -= 1;
      else if (code === colon && depth === 1) members += 1;
      at += 1;
    }
    // A value that is no object or array ends at what can stand behind one.
  } while (depth > 0 || (deepest === 0 && at < text.length && !endsValue(text.charCodeAt(at))));
  return { end: at, depth: deepest, members, exactNumbers, hugeNumber };
}

/** Every double keeps a decimal of 15 significant digits. */
const safeDigits = 15;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** @param at the opening quote. @returns the index behind the closing one */
function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function endOfNumber(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && isOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

/** A digit, sign, point or exponent. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || (code | 0x20) === 0x65 || code === minus || code === 0x2b;
}

/** Without an exponent. */
function isPlain(text: string, at: number, end: number): boolean {
  for (let index = at; index < end; index += 1) if ((text.charCodeAt(index) | 0x20) === 0x65) return false;
  return true;
}

function isHuge(number: string): boolean {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  return mantissa.length > maxNumberDigits + 2 || Math.abs(Number(exponent)) > maxExponent;
}

function endsValue(code: number): boolean {
  return code === comma || code <= 0x20 || code === 0x5d || code === 0x7d;
}

/** Text that Postgres cannot hold is there only as an escape: a NUL, or half of a surrogate pair. */
const suspicious = /\\u(?:0000|[dD][89a-fA-F])/;

/** Whether strings of well-formed JSON hold what Postgres cannot: a NUL, or half of a surrogate pair. */
export function hasUnstorableText(json: string): boolean {
  if (!suspicious.test(json)) return false;
  let openedAt = -1;
  for (const { 1: hex, index } of json.matchAll(/\\(?:u([\da-fA-F]{4})|.)/gs)) {
    const code = hex === undefined ? -1 : Number.parseInt(hex, 16);
    const closes = code >= 0xdc00 && code <= 0xdfff;
    // What opened before must be closed right behind it, and nothing else closes.
    if (code === 0 || closes !== (openedAt === index - escapeLength && openedAt >= 0)) return true;
    if (!closes && openedAt >= 0) return true;
    openedAt = code >= 0xd800 && code <= 0xdbff ? index : -1;
  }
  return openedAt >= 0;
}

/** Of `\u0000`. */
const escapeLength = 6;
