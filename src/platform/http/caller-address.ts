import ipaddr from 'ipaddr.js';

/**
 * The address of a caller in the one form that logs, the trail and limits know: `192.0.2.7` also where a socket says `::ffff:192.0.2.7`.
 * @param told what the peer, or a trusted proxy, says; text that is no address counts for nothing, and the peer's own is taken
 */
export function callerAddress(told: string, peer: string | undefined): string {
  return canonical(told) ?? canonical(peer ?? '') ?? 'unknown';
}

/** As the four numbers are written by everybody; others are looked at closer. */
const plainIpv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function canonical(address: string): string | undefined {
  if (plainIpv4.test(address)) return address;
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
}
