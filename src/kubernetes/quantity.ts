const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryPowers: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const format = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([a-zA-Z]{0,2}))$/;

/**
 * What a Kubernetes resource quantity (`250m`, `1.5Gi`, `129e6`) stands for, in billionths of its unit: of a core, of a byte. Exact, and
 * rounded up where it is finer than a billionth, as Kubernetes does. Undefined where it is no quantity.
 */
export function quantityInNano(quantity: unknown): bigint | undefined {
  const text = typeof quantity === 'number' ? String(quantity) : quantity;
  if (typeof text !== 'string' || text.length > 64) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0', suffix = ''] = format.exec(text) ?? [];
  const scale = scaleOf(suffix);
  if (sign === undefined || scale === undefined || whole + fraction === '') return undefined;
  const shift = 9 + scale.tens + Number(exponent) - fraction.length;
  const scaled = BigInt(whole + fraction) * 2n ** BigInt(scale.twos);
  const nano = shift >= 0 ? scaled * 10n ** BigInt(shift) : divideUp(scaled, 10n ** BigInt(-shift));
  return sign === '-' ? -nano : nano;
}

/** By which powers of ten and of two a suffix multiplies. */
function scaleOf(suffix: string): { tens: number; twos: number } | undefined {
  const twos = binaryPowers[suffix];
  const tens = decimalPowers[suffix];
  if (twos !== undefined) return { tens: 0, twos };
  return tens === undefined ? undefined : { tens, twos: 0 };
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
