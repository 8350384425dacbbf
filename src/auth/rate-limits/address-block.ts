import ipaddr from 'ipaddr.js';

/**
 * Whom an address stands for: an IPv4 address for itself, also where IPv6 writes it, and an IPv6 address for its /64, since whoever has one
 * has all of those.
 */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = [...parsed.parts.slice(0, 4), 0, 0, 0, 0];
  return `${new ipaddr.IPv6(network).toRFC5952String()}/64`;
}
