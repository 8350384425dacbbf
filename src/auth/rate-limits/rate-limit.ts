/** A class of limits. Subjects of one class are limited each alone, and no class takes from another. */
export interface RateLimit {
  /** Short, in lower case; stands in headers, metrics and the database. */
  readonly name: string;
  readonly windowSeconds: number;
}

/** Authenticated callers, each by the key or the user that it is. */
export const callerLimit: RateLimit = { name: 'caller', windowSeconds: 60 };
/** Requests that nobody is known to have made, by address. */
export const addressLimit: RateLimit = { name: 'address', windowSeconds: 60 };
/** Credentials that proved nobody, by address. */
export const failedAuthenticationLimit: RateLimit = { name: 'failed-authentication', windowSeconds: 60 };

/** What was decided of one request. */
export interface Verdict {
  readonly limit: RateLimit;
  /** Requests a window. */
  readonly quota: number;
  readonly passed: boolean;
  /** What is left of the window's quota; other replicas may have taken some of it since. */
  readonly remaining: number;
  /** Seconds to the end of the window, at least 1. */
  readonly resetSeconds: number;
}
