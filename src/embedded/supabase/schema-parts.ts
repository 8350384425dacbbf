import type { IntrospectResult } from '@supabase/lite';

/** The whole schema with no columns but those of one relation. */
interface Parts {
  readonly byRelation: ReadonlyMap<string, IntrospectResult>;
  readonly without: IntrospectResult;
}

const relationPath = /^\/rest\/v1\/(rpc\/)?([a-z0-9_]+)$/;

const partsOf = new WeakMap<IntrospectResult, Parts>();

/**
 * What a request can ask of the schema. lite walks every column it is given at each request, and asks of none but those of the relation
 * in the path and of what is embedded in it. Requests of one relation share a part.
 */
export function schemaPart(schema: IntrospectResult, url: string): IntrospectResult {
  const relation = onlyRelationOf(new URL(url));
  if (relation === undefined) return schema;
  const parts = partsOf.get(schema) ?? cut(schema);
  return parts.byRelation.get(relation) ?? parts.without;
}

// What is embedded may be named by a key or a column of its own, so the whole is given. The parameters of a call may be filters or its arguments.
function onlyRelationOf({ pathname, search, searchParams }: URL): string | undefined {
  const [, call, relation] = relationPath.exec(pathname) ?? [];
  const mayEmbed = call ? search !== '' : searchParams.getAll('select').some((columns) => columns.includes('('));
  return mayEmbed ? undefined : relation;
}

function cut(schema: IntrospectResult): Parts {
  const columns = Map.groupBy(schema.columns, ({ table }) => table);
  const byRelation = new Map([...columns].map(([relation, own]) => [relation, { ...schema, columns: own }]));
  const parts = { byRelation, without: { ...schema, columns: [] } };
  partsOf.set(schema, parts);
  return parts;
}
