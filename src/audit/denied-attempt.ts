/** A request that was refused. What is left out is taken from the context of the running request. */
export interface DeniedAttempt {
  /** What was tried: the name of the route, such as `createTenant`. Never anything that a caller can choose freely. */
  readonly action: string;
  /** Why not, as a stable word: `unauthenticated`, `forbidden`, `not_found`. */
  readonly reason: string;
  /** What was reached for; the route itself where that is all that is known. */
  readonly resource?: { readonly type: string; readonly id: string };
  /** The tenant of whoever tried, into whose trail it goes; never the tenant that was reached for. */
  readonly tenantId?: string | null;
  /** Who tried; `anonymous` where that is not known. */
  readonly actor?: string;
  /** The id of the key that was shown, where it is the id of one. */
  readonly credential?: string | null;
}

/** Attempts of one kind, as they go to the database: of one caller, at one thing, for one reason. */
export interface CountedAttempt {
  readonly actor: string;
  readonly credential: string | null;
  readonly address: string | null;
  /** What an address is told apart by: whoever has one address of IPv6 has 2^64 of them. */
  readonly network: string | null;
  readonly request_id: string | null;
  readonly tenant_id: string | null;
  readonly action: string;
  readonly reason: string;
  readonly resource_type: string | null;
  readonly resource_id: string | null;
  readonly count: number;
}

export const strangers = 'anonymous';

/** What attempts of one kind have in common. */
export function kindOf({ tenant_id, actor, credential, network, action, reason }: CountedAttempt): string {
  return JSON.stringify([tenant_id, actor, credential, network, action, reason]);
}

/** An address of IPv4 as it is, of IPv6 its first 64 bits. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%', 1);
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.join(':')}::/64`;
}
