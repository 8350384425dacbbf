/** A decimal as people read it: `-1234567.5` as `-1,234,567.5`. Text to text, so that no digit is lost. */
export function groupedDigits(decimal: string): string {
  const [whole = '', ...fraction] = decimal.split('.');
  return [whole.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.');
}
