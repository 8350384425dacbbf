import { currentJournal } from '../request-context.js';

/**
 * A value that a handler makes up and that is not in the answer of the database, such as a new key that only its hash is stored of: when the
 * process dies after the change and the caller sends the request again (under an idempotency key), it is made up as it was the first time.
 * @param what names the kind of value; it is kept sealed, and no longer than the answer
 */
export function remembered(what: string, make: () => string): string {
  return currentJournal()?.make(what, make) ?? make();
}
