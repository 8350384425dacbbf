const rules: readonly (readonly [fault: string, broken: (name: string, labels: readonly string[]) => boolean])[] = [
  ['must be a DNS name of at most 253 characters', (name) => name.length > 253],
  ['must be one DNS name, without a wildcard', (name) => name.includes('*')],
  [
    'must be a DNS name of lower-case letters, digits, dashes and dots; one in another script is written in its xn-- form',
    (name) => /[^a-z0-9.*-]/.test(name),
  ],
  [
    'must be a DNS name without empty labels: no dot at either end, no two in a row',
    (_, labels) => labels.includes(''),
  ],
  [
    'must be a DNS name with at most 63 characters between dots',
    (_, labels) => labels.some(({ length }) => length > 63),
  ],
  [
    'must be a DNS name with no dash at either end of a label',
    (_, labels) => labels.some((label) => /^-|-$/.test(label)),
  ],
  // What ends in a number is an IP address to browsers and to Kubernetes.
  [
    'must be a DNS name, not an IP address: it cannot end in a number',
    (_, labels) => /^\d+$/.test(labels.at(-1) ?? ''),
  ],
];

/** What keeps a text from being the DNS name of one host (RFC 1123, as Kubernetes takes it): every fault, none when it is one. Pure. */
export function dnsNameFaults(name: string): string[] {
  const labels = name.split('.');
  return rules.filter(([, broken]) => broken(name, labels)).map(([fault]) => fault);
}
