/** A number of the form that Kubernetes counts resources in, in units of 10^-9, exactly. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

const NANO = 1_000_000_000n;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);

/** Reads `500m`, `1.5Gi`, `1e3`; undefined for anything else. What is finer than 10^-9 is rounded away from zero. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const binary = BINARY.indexOf(suffix);
  const exponent = binary >= 0 ? 0 : /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : DECIMAL.get(suffix);
  if (exponent === undefined || Math.abs(exponent) > 1000) return undefined;
  const digits = BigInt(`${whole}${fraction}`) * (binary >= 0 ? 1n << BigInt(10 * (binary + 1)) : 1n);
  const magnitude = shift(digits, 9 + exponent - fraction.length);
  const format = binary >= 0 ? 'BinarySI' : /^[eE]./.test(suffix) ? 'DecimalExponent' : 'DecimalSI';
  return { nano: sign === '-' ? -magnitude : magnitude, format };
}

function shift(digits: bigint, places: number): bigint {
  if (places >= 0) return digits * 10n ** BigInt(places);
  const divisor = 10n ** BigInt(-places);
  return (digits + divisor - 1n) / divisor;
}

/** Writes a quantity as the API server does: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) return `${sign}${binaryText(size / NANO)}`;
  return `${sign}${decimalText(size, format === 'DecimalExponent')}`;
}

function binaryText(units: bigint): string {
  let rest = units;
  let suffix = '';
  for (const next of BINARY) {
    if (rest % 1024n !== 0n) break;
    rest /= 1024n;
    suffix = next;
  }
  return `${rest}${suffix}`;
}

function decimalText(nano: bigint, exponential: boolean): string {
  let rest = nano;
  let exponent = -9;
  while (rest % 1000n === 0n && exponent < 18) {
    rest /= 1000n;
    exponent += 3;
  }
  if (exponential) return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  const suffix = [...DECIMAL].find(([, power]) => power === exponent)?.[0] ?? '';
  return `${rest}${suffix}`;
}

const canonical = new Map<string, string | undefined>();
const CACHE_SIZE = 4096;

/** The canonical form of a quantity's text; undefined when it is none. Remembers what it has seen: there are few. */
export function canonicalQuantity(text: string): string | undefined {
  if (canonical.has(text)) return canonical.get(text);
  if (canonical.size >= CACHE_SIZE) canonical.clear();
  const quantity = parseQuantity(text);
  const form = quantity === undefined ? undefined : formatQuantity(quantity);
  canonical.set(text, form);
  return form;
}

/** Below zero when left is less, above when it is more. Text that is no quantity counts as zero. */
export function compareQuantities(left: string | number, right: string | number): number {
  const difference = nanoOf(left) - nanoOf(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Units of 10^-9 of a quantity's text; zero when it is none. */
export function nanoOf(text: string | number): bigint {
  return parseQuantity(String(text))?.nano ?? 0n;
}

/** The sum of quantities, in the format of the first one that is not zero. */
export function addQuantities(texts: readonly (string | number)[]): string {
  const parsed = texts.map((text) => parseQuantity(String(text))).filter((quantity) => quantity !== undefined);
  const nano = parsed.reduce((sum, quantity) => sum + quantity.nano, 0n);
  const format = parsed.find((quantity) => quantity.nano !== 0n)?.format ?? 'DecimalSI';
  return formatQuantity({ nano, format });
}

/** Why a value is no quantity, in the words of the API server; undefined when it is one. Numbers are quantities too. */
export function quantityFault(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && canonicalQuantity(text) !== undefined) return undefined;
  if (typeof text === 'string' && /^[+-]?[0-9.]+[eEinumkKMGTP]*[-+]?[0-9]*$/.test(text)) {
    return "unable to parse quantity's suffix";
  }
  return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
}
