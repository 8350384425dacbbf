import { z } from 'zod';

/**
 * ISO 4217 (list one, with XCG for ANG and without BGN) by decimals. Not from Intl: its digits are those people write, not those of the
 * standard (HUF, COP and IDR have none there), and change with Node. Decision 0050 has why MGA and MRU are under 1.
 */
const codesByDecimals: readonly (readonly [decimals: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [1, 'MGA MRU'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK ' +
      'DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP ' +
      'LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR ' +
      'SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG ' +
      'YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const decimals: ReadonlyMap<string, number> = new Map(
  codesByDecimals.flatMap(([places, codes]) => codes.split(' ').map((code) => [code, places] as const)),
);

/** ISO 4217, upper case. Codes without a minor unit of their own (gold, drawing rights, tests) are not currencies that somebody can owe. */
export const currencyCode = z
  .string()
  .refine((code) => decimals.has(code), 'must be the code of an ISO 4217 currency, such as "USD"');

/** How many decimals an amount of this currency is rounded to. @throws RangeError for what `currencyCode` refuses */
export function minorDigits(currency: string): number {
  const places = decimals.get(currency);
  if (places === undefined) throw new RangeError(`${currency} is not a currency`);
  return places;
}
