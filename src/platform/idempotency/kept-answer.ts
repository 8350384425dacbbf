import { z } from 'zod';
import type { ErrorKind } from '../errors.js';
import { TenantryError } from '../errors.js';
import { problemAnswer, problemContentType } from '../http/problem.js';

/** An answer as it is sent, to be sent again. Header names in lower case. */
export const keptAnswer = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
});
export type KeptAnswer = z.infer<typeof keptAnswer>;

/** A longer answer is not kept, but made again from what the request did. */
export const maxKeptCharacters = 1_048_576;

/** What depends on what is there and was found to be so. Of everything else, the next attempt may make another thing. */
const lasting: ReadonlySet<ErrorKind> = new Set(['not_found', 'conflict', 'precondition_failed', 'unprocessable']);

/**
 * The problem that a failed request is answered with, where it is the answer for good. What asks the caller to come back, to send
 * something else, or to be somebody else is none: nothing was changed, and the key is free again.
 */
export function keptProblem(thrown: unknown, requestId: string): KeptAnswer | undefined {
  if (!(thrown instanceof TenantryError) || !lasting.has(thrown.kind)) return undefined;
  if ('retry_after_seconds' in thrown.members) return undefined;
  const { problem, headers } = problemAnswer(thrown, requestId);
  return {
    status: problem.status,
    headers: { ...headers, 'content-type': problemContentType },
    body: JSON.stringify(problem),
  };
}
