import type { Admission } from '../../platform/http/doorkeeper.js';

/** Of an answer what limits are told in. */
export interface CallerReply {
  header(name: string, value: string): unknown;
}

/** Says in the answer how much is left. @throws TenantryError `rate_limited` when nothing is */
export function heed({ headers, refusal }: Admission, reply: CallerReply): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  if (refusal) throw refusal;
}
