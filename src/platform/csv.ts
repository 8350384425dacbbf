/** RFC 4180. Null is an empty cell. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** What no spreadsheet takes for a formula, though it may begin with a minus. */
const decimal = /^-?\d+(\.\d+)?$/;

/**
 * Where a spreadsheet may take what comes for a formula: at the beginning, also behind spaces, which some of them skip, and behind what ends a cell
 * where a comma is the decimal sign. There the quotes around a cell are not heeded, for the comma before them ends none.
 */
const formula = /^(?=\s*[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[^\S\t\r\n]*[=+\-@＝＋－＠])/gu;

/** One cell. An apostrophe stands before what a spreadsheet would run, as OWASP advises. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number' || decimal.test(value)) return String(value);
  const harmless = value.replaceAll(formula, "'");
  return harmless === '' || /["\r\n,';]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
