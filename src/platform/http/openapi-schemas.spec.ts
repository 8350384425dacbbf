import { z } from 'zod';
import { SchemaComponents } from './openapi-schemas.js';
import { integerText } from './schemas.js';

const leaf = z.strictObject({ a: z.string() }).meta({ id: 'Leaf' });
const withDefault = z.strictObject({ a: z.string().default('x') }).meta({ id: 'WithDefault' });
const tree = z.strictObject({ below: z.array(withDefault), leaf }).meta({ id: 'Tree' });

describe('schemas of a document', () => {
  it('a named schema is referred to, and stands once', () => {
    const components = new SchemaComponents();
    const used = [components.add(leaf, 'output'), components.add(z.array(leaf), 'output')];
    expect(components.resolve(used)).toEqual([
      { $ref: '#/components/schemas/Leaf' },
      { type: 'array', items: { $ref: '#/components/schemas/Leaf' } },
    ]);
    expect(components.all()).toEqual({
      Leaf: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    });
  });

  it('a schema that reads as it is written has one component for both', () => {
    const components = new SchemaComponents();
    components.add(leaf, 'input');
    components.add(leaf, 'output');
    expect(Object.keys(components.all())).toEqual(['Leaf']);
  });

  it('a schema that reads otherwise than it is written has two, and so has what contains it', () => {
    const components = new SchemaComponents();
    const used = [components.add(tree, 'input'), components.add(tree, 'output')];
    expect(components.resolve(used)).toEqual([
      { $ref: '#/components/schemas/TreeInput' },
      { $ref: '#/components/schemas/Tree' },
    ]);
    expect(Object.keys(components.all())).toEqual(['Leaf', 'Tree', 'TreeInput', 'WithDefault', 'WithDefaultInput']);
    expect(components.resolve(components.all())).toMatchObject({
      TreeInput: { properties: { below: { items: { $ref: '#/components/schemas/WithDefaultInput' } } } },
      Tree: { properties: { leaf: { $ref: '#/components/schemas/Leaf' } } },
      WithDefault: { required: ['a'] },
    });
  });

  it('a schema that is only read keeps its name', () => {
    const components = new SchemaComponents();
    components.add(withDefault, 'input');
    expect(Object.keys(components.all())).toEqual(['WithDefault']);
  });

  it('a schema may contain itself', () => {
    const node = z
      .object({
        size: z.number().default(1),
        get next() {
          return node.optional();
        },
      })
      .meta({ id: 'Node' });
    const components = new SchemaComponents();
    components.add(node, 'input');
    components.add(node, 'output');
    expect(Object.keys(components.all())).toEqual(['Node', 'NodeInput']);
  });

  it('recursive schemas without a name do not take each other for the same', () => {
    interface Chain {
      next?: Chain | undefined;
    }
    const chain: z.ZodType<Chain> = z.object({ next: z.lazy(() => chain).optional() });
    const components = new SchemaComponents();
    const used = [z.array(chain), z.array(z.json()), z.record(z.string(), z.json())].map((schema) =>
      components.add(schema, 'output'),
    );
    const resolved = components.resolve(used);
    const names = [...JSON.stringify(resolved).matchAll(/schemas\/(\w+)/g)].map(([, name]) => name);
    expect(names).toEqual(['Recursive1_0', 'Recursive2_0', 'Recursive2_0']);
    expect(components.resolve(components.all())).toMatchObject({
      Recursive1_0: { type: 'object', properties: { next: { $ref: '#/components/schemas/Recursive1_0' } } },
      Recursive2_0: { anyOf: expect.any(Array) },
    });
  });

  it('formats are told without the pattern that checks them', () => {
    const components = new SchemaComponents();
    const schema = z.object({ at: z.iso.datetime(), id: z.uuid(), bag: z.record(z.string(), z.unknown()) });
    expect(components.add(schema, 'output')).toMatchObject({
      properties: {
        at: { type: 'string', format: 'date-time' },
        id: { type: 'string', format: 'uuid' },
        bag: { type: 'object', additionalProperties: {} },
      },
    });
    expect(JSON.stringify(components.add(schema, 'output'))).not.toContain('pattern');
  });

  it('members of an object become parameters', () => {
    const components = new SchemaComponents();
    const query = z.strictObject({ limit: integerText(1, 9).default(5), tenant: z.string(), flag: leaf.optional() });
    expect(components.addMembers(query, 'input')).toEqual([
      { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 9 } },
      { name: 'tenant', required: true, schema: { type: 'string' } },
      { name: 'flag', required: false, schema: { $ref: '#/$defs/input/Leaf' } },
    ]);
  });
});
