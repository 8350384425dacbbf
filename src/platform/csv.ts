/** RFC 4180. Null is an empty cell. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** What no spreadsheet takes for a formula, though it may begin with a minus. */
const decimal = /^-?\d+(\.\d+)?$/;

/**
 * One cell. Text that a spreadsheet would take for a formula begins with an apostrophe, as OWASP advises; also behind spaces, which
 * some of them skip.
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number' || decimal.test(value)) return String(value);
  const harmless = /^\s*[=+\-@\t\r\n＝＋－＠]/u.test(value) ? `'${value}` : value;
  return harmless === '' || /["\r\n,']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
