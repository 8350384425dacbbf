import fc from 'fast-check';
import type { JsonObject } from './json-pointer.js';
import { ValuesSchema } from './values-schema.js';

const draft7 = 'http://json-schema.org/draft-07/schema#';

describe('the faults of values', () => {
  it.each<[string, JsonObject, JsonObject, { pointer: string; message: string }[]]>([
    ['are none', { type: 'object' }, { a: 1 }, []],
    ['are a missing value', { required: ['a/b'] }, {}, [{ pointer: '/a~1b', message: 'is required' }]],
    [
      'are a value that the blueprint does not know, where it stands',
      { properties: { a: { additionalProperties: false } } },
      { a: { 'x~y': 1 } },
      [{ pointer: '/a/x~0y', message: 'is not a value of this blueprint' }],
    ],
    [
      'are a value outside a list, with the list',
      { properties: { size: { enum: ['s', 'm'] } } },
      { size: 'xl' },
      [{ pointer: '/size', message: 'must be equal to one of the allowed values: ["s","m"]' }],
    ],
    [
      'are a wrong type, in ajv’s words',
      { properties: { replicas: { type: 'integer' } } },
      { replicas: '1' },
      [{ pointer: '/replicas', message: 'must be integer' }],
    ],
    [
      'are a wrong format',
      { properties: { mail: { type: 'string', format: 'email' } } },
      { mail: 'x' },
      [{ pointer: '/mail', message: 'must match format "email"' }],
    ],
    [
      'are in lists too',
      { properties: { list: { items: { type: 'string' } } } },
      { list: ['a', 1] },
      [{ pointer: '/list/1', message: 'must be string' }],
    ],
  ])('%s', (_what, schema, values, faults) => {
    expect(new ValuesSchema(schema).judge(values).faults).toEqual(faults);
  });

  it('never quote a value', () => {
    const schema = new ValuesSchema({
      properties: { a: { enum: [1] }, b: { pattern: '^x$' }, c: { const: 'y' }, d: { maxLength: 1 } },
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{12}$/), (secret) => {
        const { faults } = schema.judge({ a: secret, b: secret, c: secret, d: secret });
        expect(faults).toHaveLength(4);
        expect(JSON.stringify(faults)).not.toContain(secret);
      }),
    );
  });
});

describe('the secrets among values', () => {
  const secret: JsonObject = { type: 'string', writeOnly: true };
  it.each<[string, JsonObject, JsonObject, string[]]>([
    [
      'stand where the schema says writeOnly',
      { properties: { key: secret, open: {} } },
      { key: 'x', open: 'y' },
      ['/key'],
    ],
    ['are none where writeOnly is false', { properties: { key: { writeOnly: false } } }, { key: 'x' }, []],
    ['are none where there is no value', { properties: { key: secret } }, {}, []],
    [
      'are found in maps',
      { properties: { env: { additionalProperties: secret } } },
      { env: { B: '1', A: '2' } },
      ['/env/A', '/env/B'],
    ],
    ['are found in lists', { properties: { keys: { items: secret } } }, { keys: ['a', 'b'] }, ['/keys/0', '/keys/1']],
    ['are found by pattern', { patternProperties: { _KEY$: secret } }, { A_KEY: 'x', B: 'y' }, ['/A_KEY']],
    [
      'are found through references',
      { $ref: '#/$defs/all', $defs: { all: { properties: { key: { $ref: '#/$defs/secret' } } }, secret } },
      { key: 'x' },
      ['/key'],
    ],
    [
      'are found in every branch that may apply',
      { anyOf: [{ properties: { a: secret } }, { properties: { b: secret } }] },
      { a: 'x', b: 'y' },
      ['/a', '/b'],
    ],
    [
      'are found when the value breaks the schema',
      { properties: { key: { ...secret, minLength: 9 } } },
      { key: '***' },
      ['/key'],
    ],
  ])('%s', (_what, schema, values, pointers) => {
    expect(new ValuesSchema(schema).judge(values).secretPointers).toEqual(pointers);
    expect(new ValuesSchema({ $schema: draft7, ...schema }).judge(values).secretPointers).toEqual(pointers);
  });

  it('of one look are not those of another', () => {
    const schema = new ValuesSchema({ properties: { a: secret, b: secret } });
    expect(schema.judge({ a: 'x' }).secretPointers).toEqual(['/a']);
    expect(schema.judge({ b: 'x' }).secretPointers).toEqual(['/b']);
  });
});

describe('a schema', () => {
  it.each<[string, JsonObject, string]>([
    ['with an unknown type', { type: 'nonsense' }, 'schema is invalid'],
    ['with a broken pattern', { properties: { a: { pattern: '(' } } }, 'Invalid regular expression'],
    ['with a reference to nothing', { $ref: '#/$defs/none' }, "can't resolve reference"],
    ['with writeOnly that is no boolean', { properties: { a: { writeOnly: 'yes' } } }, 'writeOnly'],
  ])('%s is none', (_what, schema, fault) => {
    expect(() => new ValuesSchema(schema)).toThrow(fault);
    expect(() => new ValuesSchema({ $schema: draft7, ...schema })).toThrow(fault);
  });

  it('may hold words of other programs', () => {
    expect(new ValuesSchema({ 'x-order': 1, title: 'Values' }).judge({}).faults).toEqual([]);
  });
});
