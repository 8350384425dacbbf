import { scanJson } from './json-scan.js';

// Node has them; TypeScript's library does not know them yet.
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

/**
 * Parses JSON so that no number is changed: one that a double may not hold as it was written becomes the object that `JSON.rawJSON` makes, with
 * its text in the member `rawJSON`. Everything else is as `JSON.parse` gives it.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!scanJson(text, text.search(/\S/)).exactNumbers) return value;
  return JSON.parse(text, (_key, parsed, { source }) =>
    typeof parsed === 'number' && source !== undefined && !isKept(parsed, source) ? JSON.rawJSON(source) : parsed,
  );
}

/** The text of what `parseExactJson` gave, with every number as it was written where a double would have changed it. */
export function stringifyExactJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Whether a double says the same as the text it was read from, which may write it in another way: `1.50`, `1e2`. */
function isKept(value: number, source: string): boolean {
  return Number.isFinite(value) && canonical(String(value)) === canonical(source);
}

/** Two texts of one number are the same text: its sign, its digits without zeros around them, and the place of the last one. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}
