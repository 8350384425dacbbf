const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The hash that names ReplicaSets and revisions: the same for equal values whatever the order of their fields, in the
 * alphabet of the real one. The value differs from the real one, which hashes Go's memory layout.
 */
export function templateHash(template: unknown, collisions = 0): string {
  const text = canonical(template) + (collisions > 0 ? String(collisions) : '');
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return String(hash >>> 0).replaceAll(/\d/g, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length] ?? '');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
