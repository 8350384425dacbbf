import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { itemsOf } from '../../platform/http/faulty-input.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { llmPrice, type LlmPrice } from './llm-price-table.js';

const newLlmPrice = llmPrice.extend({ effective_from: instant.optional().describe('Now, where left out') });

export const newLlmPrices = z
  .strictObject({ prices: z.array(newLlmPrice).min(1).max(1_000) })
  .meta({ id: 'NewLlmPrices' });

const outline = z
  .looseObject({
    prices: z
      .array(
        z
          .looseObject({
            provider: z.string().catch(''),
            model: z.string().catch(''),
            effective_from: instant.optional().catch(undefined),
          })
          .catch({ provider: '', model: '' }),
      )
      .catch([]),
  })
  .catch({ prices: [] });

/** The models that a body names. */
export function modelsIn(body: unknown): { provider: string; model: string }[] {
  return outline.parse(body).prices.map(({ provider, model }) => ({ provider, model }));
}

export type JudgedPrices =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly prices: readonly LlmPrice[] };

/**
 * @param known the prices there are of these models
 * @param billedTo until when anything was billed; null: nothing was
 * @returns every fault of new prices, or the prices
 */
export function judgeLlmPrices(
  body: unknown,
  known: readonly LlmPrice[],
  billedTo: string | null,
  now: string,
): JudgedPrices {
  const parsed = newLlmPrices.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  for (const [index, { effective_from = now }] of outline.parse(body).prices.entries()) {
    if (billedTo === null || !isBefore(effective_from, billedTo)) continue;
    const message = `must not be before ${billedTo}: until then costs stand beside invoices`;
    faults.push({ pointer: `/prices/${index}/effective_from`, message });
  }
  faults.push(...timeFaults(timesIn(body, now), known));
  if (parsed.data === undefined || faults.length > 0) return { state: 'refused', faults };
  const prices = parsed.data.prices.map(({ effective_from = now, ...price }): LlmPrice => ({
    ...price,
    effective_from,
  }));
  return { state: 'accepted', prices };
}

/** When a price of which model holds. */
type PriceTime = Pick<LlmPrice, 'provider' | 'model' | 'effective_from' | 'effective_to'>;

const priceTime = z.looseObject(
  newLlmPrice.pick({ provider: true, model: true, effective_from: true, effective_to: true }).shape,
);

/** In the order of what was sent; undefined where it cannot be read. */
function timesIn(body: unknown, now: string): readonly (PriceTime | undefined)[] {
  return itemsOf(body, 'prices').map((price) => {
    const { data } = priceTime.safeParse(price);
    return data === undefined ? undefined : { ...data, effective_from: data.effective_from ?? now };
  });
}

function timeFaults(prices: readonly (PriceTime | undefined)[], known: readonly PriceTime[]): InputFault[] {
  return prices.flatMap((price, index): InputFault[] => {
    if (price === undefined) return [];
    const pointer = `/prices/${index}`;
    if (price.effective_to !== null && isAtOrAfter(price.effective_from, price.effective_to)) {
      return [{ pointer: `${pointer}/effective_to`, message: 'must be after it takes effect' }];
    }
    const others = prices.filter(
      (other, place) => other !== undefined && place !== index && isNotAfter(other, price, place < index),
    );
    const clashes = [...known, ...others].some((other) => other && isSameModel(other, price) && clash(other, price));
    return clashes
      ? [{ pointer: `${pointer}/effective_from`, message: 'overlaps with another price of the model' }]
      : [];
  });
}

/** Each two new prices are compared once, by the later one. */
function isNotAfter(other: PriceTime, price: PriceTime, stands: boolean): boolean {
  if (isBefore(other.effective_from, price.effective_from)) return true;
  return stands && !isBefore(price.effective_from, other.effective_from);
}

function isSameModel(a: PriceTime, b: PriceTime): boolean {
  return a.provider === b.provider && a.model === b.model;
}

/** Whether two prices of a model are in force at one time, though the later one ends the earlier that holds until further notice. */
function clash(was: PriceTime, price: PriceTime): boolean {
  if (isBefore(was.effective_from, price.effective_from)) {
    return was.effective_to !== null && isBefore(price.effective_from, was.effective_to);
  }
  return price.effective_to === null || isBefore(was.effective_from, price.effective_to);
}
