/** An invoice that is to be collected, as one attempt began it. */
export interface Bill {
  readonly invoiceId: string;
  readonly number: string;
  /** Half-open; RFC 3339. */
  readonly period: { readonly from: string; readonly to: string };
  /** ISO 4217, upper case. */
  readonly currency: string;
  /** What is due, as a decimal string; more than 0. */
  readonly amount: string;
  /** From 1; grows when an operator asks again. */
  readonly attempt: number;
  /** Whether this attempt was begun before, and may have left something at the provider that nobody remembers. */
  readonly again: boolean;
  /** The provider's invoice, as far as it is known. */
  readonly reference: string | undefined;
  readonly tenant: BilledTenant;
}

export interface BilledTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Who it is to the provider, if that is known. */
  readonly customer: string | undefined;
}

/** What the provider gave names to is written down at once, so that a killed attempt goes on with it. */
export interface ProviderMemory {
  /** @returns whom to use: the first that was remembered */
  customer(reference: string): Promise<string>;
  /** @throws ProviderFailure where this attempt is over: nothing may be collected by it */
  invoice(reference: string): Promise<void>;
}

/** What came of an attempt. `none`: nobody collects. `open`: the provider has the invoice, and will tell. */
export type Collected =
  | { readonly state: 'none' }
  | { readonly state: 'open' | 'paid'; readonly reference: string }
  /** The tenant's means of payment were refused. */
  | { readonly state: 'failed'; readonly reference: string; readonly error: string }
  /** The provider takes no such invoice, now or later. */
  | { readonly state: 'refused'; readonly error: string };

/** What a provider asks for beyond what is due. */
export interface Excess {
  readonly invoiceId: string;
  readonly reference: string;
  readonly attempt: number;
  readonly currency: string;
  /** What is due now, as a decimal string: less than what the provider asks for. */
  readonly due: string;
  /** What the invoice has become: `finalized` where only less of it is due. */
  readonly state: string;
}

/** A payment of which the provider has an invoice. */
export interface Collecting {
  readonly invoiceId: string;
  readonly reference: string;
}

/**
 * A provider did not answer, or not do what it was asked, for a reason that passes by itself or with the settings. The message is shown to
 * operators: it holds no secret.
 */
export class ProviderFailure extends Error {}

/** What a provider tells, as far as it concerns what is owed. */
export interface ProviderEvent {
  readonly id: string;
  /** In the provider's words. */
  readonly type: string;
  readonly happened_at: string;
  /** Null: of a kind that changes nothing here. */
  readonly means: 'paid' | 'failed' | 'void' | 'uncollectible' | null;
  /** Ours; null where it is about none of ours. */
  readonly invoice_id: string | null;
  readonly reference: string | null;
  /** What was paid, as a decimal string. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly reason: string | null;
}

export type ReadEvent =
  | { readonly state: 'read'; readonly event: ProviderEvent }
  | { readonly state: 'not_signed' }
  /** This installation is told nothing by a provider. */
  | { readonly state: 'not_expected' };

/** Collects what is owed. Methods throw `ProviderFailure` for what passes by itself; they are called again later, and must come to the same. */
export abstract class PaymentProvider {
  /** As it stands in `billing_payments.provider`. */
  abstract readonly name: 'none' | 'stripe' | 'evaluation';

  abstract collect(bill: Bill, memory: ProviderMemory, signal: AbortSignal): Promise<Collected>;

  /** Asks for what is due, and no more. */
  abstract reduce(excess: Excess, signal: AbortSignal): Promise<void>;

  /**
   * Asks how it stands.
   * @returns what the provider will have told of it; undefined where nothing has come of it yet. The same answer has the same id
   */
  async look(_of: Collecting): Promise<ProviderEvent | undefined> {
    return undefined;
  }

  /**
   * Reads what somebody says that the provider tells.
   * @param body just as it came: the signature is of these bytes
   */
  readEvent(_body: Buffer, _signature: string | undefined, _now: Date): ReadEvent {
    return { state: 'not_expected' };
  }
}
