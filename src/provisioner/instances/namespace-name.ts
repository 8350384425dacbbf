import { createHash } from 'node:crypto';

const longest = 63;

/**
 * The namespace of an instance: `t-<tenant slug>-<instance name>`, at most 63 characters, longer ones cut and ended by an 8-character
 * hash. `distinct` adds the hash in any case, for the rare pair of tenants and names that spell the same namespace (`a-b` + `c`, `a` + `b-c`).
 */
export function namespaceName(tenantSlug: string, instanceName: string, distinct = false): string {
  const plain = `t-${tenantSlug}-${instanceName}`;
  if (plain.length <= longest && !distinct) return plain;
  const hash = createHash('sha256').update(`${tenantSlug}/${instanceName}`).digest('hex').slice(0, 8);
  const kept = plain.slice(0, longest - 1 - hash.length).replace(/-+$/, '');
  return `${kept}-${hash}`;
}
