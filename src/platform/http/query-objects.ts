import type { z } from 'zod';

const bracketed = /^(\w+)\[([^\]]*)\]$/;

/**
 * Reads `filter[color]=red` as the member `filter: {color: 'red'}` (OpenAPI's style deepObject), where the schema has a member of that name.
 * Everything else stays as it is, for the schema to refuse.
 */
export function foldObjects(schema: z.ZodObject, query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const folded = new Map<string, unknown>();
  const objects = new Map<string, [string, unknown][]>();
  for (const [name, value] of Object.entries(query)) {
    const [, object, key] = bracketed.exec(name) ?? [];
    const known = object !== undefined && Object.hasOwn(schema.shape, object) && !Object.hasOwn(query, object);
    if (known && key !== undefined) objects.set(object, [...(objects.get(object) ?? []), [key, value]]);
    else folded.set(name, value);
  }
  for (const [name, members] of objects) folded.set(name, Object.fromEntries(members));
  return Object.fromEntries(folded);
}
