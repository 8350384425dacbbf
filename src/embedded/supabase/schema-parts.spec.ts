import type { IntrospectResult } from '@supabase/lite';
import { schemaPart } from './schema-parts.js';

const column = (table: string, name: string) => ({
  table,
  name,
  schema: 'public',
  type: 'text',
  ordinal_position: 1,
  collation: '',
  character_maximum_length: null,
  precision: null,
  nullable: false,
  default_value: null,
  is_primary_key: false,
  is_identity: false,
  is_generated: false,
});

const rest = {
  tables: [],
  indexes: [],
  foreign_keys: [],
  primary_keys: [],
  views: [],
  check_constraints: [],
  unique_constraints: [],
  comments: [],
  custom_types: [],
  triggers: [],
  database_name: 'postgres',
  version: '',
};

function schemaOf(...columns: [table: string, name: string][]): IntrospectResult {
  return { ...rest, columns: columns.map(([table, name]) => column(table, name)) };
}

const schema = schemaOf(['tenants', 'id'], ['tenants', 'slug'], ['instances', 'id']);

function columnsFor(path: string): string[] {
  return schemaPart(schema, `http://supabase.internal${path}`).columns.map(({ table, name }) => `${table}.${name}`);
}

const whole = ['tenants.id', 'tenants.slug', 'instances.id'];

describe('what a request can ask of the schema', () => {
  it.each([
    ['a read of a table', '/rest/v1/tenants?select=id,slug&id=in.(1,2)', ['tenants.id', 'tenants.slug']],
    ['a read of everything', '/rest/v1/instances', ['instances.id']],
    ['a read of nothing we know', '/rest/v1/unheard_of?select=id', []],
    ['a call', '/rest/v1/rpc/ping', []],
    ['a call of a function that is named like a table', '/rest/v1/rpc/tenants', ['tenants.id', 'tenants.slug']],
  ])('%s: the columns of the relation', (_, path, columns) => {
    expect(columnsFor(path)).toEqual(columns);
  });

  it.each([
    ['what is embedded', '/rest/v1/tenants?select=id,instances(id)'],
    ['what is embedded, encoded', '/rest/v1/tenants?select=id%2Cinstances%28id%29'],
    ['what is embedded, by a second parameter', '/rest/v1/tenants?select=id&select=tenant_id(*)'],
    ['a call with parameters', '/rest/v1/rpc/ping?select=id'],
    ['a path that is no plain name', '/rest/v1/public.tenants'],
    ['an encoded path', '/rest/v1/%74enants'],
    ['no relation', '/auth/v1/user'],
  ])('%s: the whole', (_, path) => {
    expect(columnsFor(path)).toEqual(whole);
  });

  it('is the same for each request of a relation, and another after a change', () => {
    const part = (of: IntrospectResult) => schemaPart(of, 'http://supabase.internal/rest/v1/tenants');
    expect(part(schema)).toBe(part(schema));
    expect(part(schemaOf(['tenants', 'name'])).columns.map(({ name }) => name)).toEqual(['name']);
  });
});
