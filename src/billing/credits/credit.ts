import { z } from 'zod';
import { memberOf, textOf, whateverElse } from '../../platform/http/faulty-input.js';
import { displayText, id, instant } from '../../platform/http/schemas.js';
import { currencyCode, minorDigits } from '../money/currency.js';
import { type DecimalLimits, exactOrUndefined, decimalString } from '../money/decimal.js';
import { isAtOrAfter } from '../periods/instant.js';

const limits = { wholeDigits: 13, places: 4, most: '1000000000000' };

/** An amount of money in a body that names its currency beside it, with no more decimals than that has. */
function money(sign: DecimalLimits['sign']): z.ZodString {
  return decimalString({ ...limits, sign });
}

/** @param given whatever was sent; of what cannot be read nothing is said */
function refuseDecimals(given: unknown, context: z.RefinementCtx): void {
  const [amount, currency] = [textOf(given, 'amount'), currencyCode.safeParse(memberOf(given, 'currency')).data];
  if (amount === undefined || currency === undefined) return;
  const value = exactOrUndefined(amount);
  if (value === undefined || value.decimalPlaces() <= minorDigits(currency)) return;
  const message = `must have at most ${minorDigits(currency)} decimals in ${currency}`;
  context.addIssue({ code: 'custom', path: ['amount'], message });
}

export const newCredit = z
  .strictObject({
    amount: money('positive').describe('A decimal string'),
    currency: currencyCode,
    kind: z
      .enum(['paid', 'promotional'])
      .default('paid')
      .describe('Whether somebody paid for it, or the seller gives it away'),
    priority: z.int().min(-1_000).max(1_000).default(0).describe('Lower ones are used up first'),
    effective_at: instant.optional().describe('Now unless told'),
    expires_at: instant.nullable().default(null),
    reference: displayText(200).describe(
      'What it is given for, such as the id of a payment. The same again gives nothing more.',
    ),
  })
  .superRefine(refuseDecimals, whateverElse)
  .superRefine((given, context) => {
    const [from = '', to = ''] = [textOf(given, 'effective_at'), textOf(given, 'expires_at')];
    if (!isAtOrAfter(from, to)) return;
    context.addIssue({ code: 'custom', path: ['expires_at'], message: 'must be after it takes effect' });
  }, whateverElse)
  .meta({ id: 'NewCredit' });
export type NewCredit = z.infer<typeof newCredit>;

export const overdraft = z
  .strictObject({
    currency: currencyCode,
    amount: money('not_negative').describe('How far beyond its credits a tenant may go; "0" for not at all'),
  })
  .superRefine(refuseDecimals, whateverElse)
  .meta({ id: 'CreditOverdraft' });
export type Overdraft = z.infer<typeof overdraft>;

/** Decimal strings with the decimals of the currency, here as below. */
export const creditBalance = z
  .object({
    currency: z.string(),
    balance: z.string().describe('What is left of all grants, less what was used beyond them'),
    available: z.string().describe('What an invoice would be paid with now: of grants in effect, and of the overdraft'),
    overdraft: z.string().describe('How far beyond its credits the tenant may go'),
    overdrawn: z.string().describe('How far it is'),
  })
  .meta({ id: 'CreditBalance' });
export type CreditBalance = z.infer<typeof creditBalance>;

export const tenantBalances = z
  .object({ tenant_id: id, balances: z.array(creditBalance) })
  .meta({ id: 'TenantCreditBalances' });
export type TenantBalances = z.infer<typeof tenantBalances>;

export const creditGrant = z
  .object({
    id,
    tenant_id: id,
    currency: z.string(),
    kind: z.enum(['paid', 'promotional']),
    amount: z.string(),
    remaining: z.string(),
    priority: z.int(),
    effective_at: instant,
    expires_at: instant.nullable(),
    voided_at: instant.nullable(),
    source: z.string().describe('`top_up`, `credit_note`, `invoice` for what a void invoice gave back'),
    reference: z.string(),
    transaction_id: z.string().describe('Of the ledger, by which it was given'),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'CreditGrant' });
export type CreditGrant = z.infer<typeof creditGrant>;

/** Its debits equal its credits. Amounts of entries are positive, those of grants are what they were given or, negative, what was taken. */
export const creditTransaction = z
  .object({
    id: z.string(),
    tenant_id: id,
    currency: z.string(),
    kind: z.enum(['grant', 'apply', 'unapply', 'cover', 'expire', 'void']),
    source: z.string(),
    reference: z.string(),
    at: instant,
    entries: z.array(
      z.object({
        account: z
          .enum(['credits', 'overdraft', 'top_ups', 'promotions', 'credit_notes', 'invoices', 'breakage', 'write_offs'])
          .describe('`credits` and `overdraft` are the tenant’s; the others are the seller’s side'),
        direction: z.enum(['debit', 'credit']),
        amount: z.string(),
      }),
    ),
    grants: z.array(z.object({ grant_id: id, amount: z.string() })),
  })
  .meta({ id: 'CreditTransaction' });
export type CreditTransaction = z.infer<typeof creditTransaction>;
