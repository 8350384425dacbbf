import { createHash } from 'node:crypto';

/** SHA-256 in hex of a JSON value, whatever order its members are in: a database that keeps `jsonb` gives them back in its own. */
export function inputsHash(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs, sortMembers)).digest('hex');
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, Reflect.get(value, name)]));
}
