/** What a call of Stripe came to that did not do what was asked. */
export type StripeFailure =
  /** It passes by itself, or with the settings: ask again later. */
  | { readonly kind: 'passing'; readonly what: string }
  /** The means of payment were refused. */
  | { readonly kind: 'declined'; readonly what: string }
  /** It would be refused again. */
  | { readonly kind: 'lasting'; readonly what: string };

/** What errors of the `stripe` package have in common. */
export interface StripeFault {
  readonly type: string;
  readonly message: string;
  readonly statusCode?: number;
  readonly code?: string;
  readonly decline_code?: string;
  readonly requestId?: string;
}

const longest = 300;

/** Keys are shown by Stripe with stars in the middle, and by a proxy perhaps whole. */
function withoutKeys(text: string): string {
  return text.replaceAll(/\b(?:sk|rk|pk|whsec)_\S+/g, '***').slice(0, longest);
}

/** A key that is wrong, or may not do this, is a matter of the settings: no invoice is at fault. */
const passingStatuses: ReadonlySet<number> = new Set([401, 403, 408, 409, 425, 429]);

/** Judges by status alone where there is one, for what Stripe calls an error differs between its versions. */
export function failureOf({ type, message, statusCode, code, decline_code, requestId }: StripeFault): StripeFailure {
  const place = [statusCode, code, decline_code, requestId].filter((part) => part !== undefined).join(', ');
  if (statusCode === undefined || statusCode >= 500 || passingStatuses.has(statusCode)) {
    return { kind: 'passing', what: `${type}${place === '' ? '' : ` (${place})`}` };
  }
  const what = `${withoutKeys(message)}${place === '' ? '' : ` (${place})`}`;
  return { kind: statusCode === 402 ? 'declined' : 'lasting', what };
}
