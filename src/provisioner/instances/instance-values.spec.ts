import fc from 'fast-check';
import { chartValues, masked, mergeValues, secretData, separateSecrets, unmask } from './instance-values.js';
import type { JsonObject } from './json-pointer.js';
import { ValuesSchema } from './values-schema.js';

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  additionalProperties: false,
  required: ['replicas'],
  properties: {
    replicas: { type: 'integer', minimum: 1, maximum: 10 },
    size: { enum: ['s', 'm'] },
    database: { $ref: '#/definitions/connection' },
    secrets: { type: 'object', additionalProperties: { type: 'string', writeOnly: true } },
  },
  definitions: {
    connection: {
      type: 'object',
      properties: { 'pass/word': { type: 'string', writeOnly: true }, host: { type: 'string' } },
    },
  },
};

describe('a values schema', () => {
  const compiled = new ValuesSchema(schema);

  it('reports every fault at once, each where it stands', () => {
    const { faults } = compiled.judge({ replicas: 11, size: 'xl', extra: 1, secrets: { A: 1 } });
    expect(faults.map((fault) => fault.pointer).sort()).toEqual(['/extra', '/replicas', '/secrets/A', '/size']);
    expect(compiled.judge({}).faults).toEqual([{ pointer: '/replicas', message: 'is required' }]);
  });

  it('never quotes a value', () => {
    const { faults } = compiled.judge({ replicas: 1, size: 'hunter2' });
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });

  it('finds secrets through references and maps', () => {
    const values = { replicas: 1, database: { 'pass/word': 'x', host: 'h' }, secrets: { KEY: 'y' } };
    expect(compiled.judge(values).secretPointers).toEqual(['/database/pass~1word', '/secrets/KEY']);
  });

  it('understands draft 2020-12, and refuses a broken schema', () => {
    expect(new ValuesSchema({ type: 'object', prefixItems: [true] }).judge({}).faults).toEqual([]);
    expect(() => new ValuesSchema({ type: 'nonsense' })).toThrow('schema is invalid');
  });
});

describe('secrets', () => {
  const values: JsonObject = { replicas: 1, secrets: { KEY: 's3cret', OTHER: 'more' } };
  const pointers = ['/secrets/KEY', '/secrets/OTHER'];

  it('are taken out and masked', () => {
    const separated = separateSecrets(values, pointers, {});
    expect(separated.open).toEqual({ replicas: 1, secrets: { KEY: masked, OTHER: masked } });
    expect(separated.secrets).toEqual({ '/secrets/KEY': 's3cret', '/secrets/OTHER': 'more' });
    expect(secretData(separated.secrets)).toEqual({ KEY: 's3cret', OTHER: 'more' });
  });

  it('are kept when they come back masked, and missed when there is none to keep', () => {
    const again = separateSecrets({ secrets: { KEY: masked, OTHER: masked } }, pointers, { '/secrets/KEY': 's3cret' });
    expect(again.secrets).toEqual({ '/secrets/KEY': 's3cret' });
    expect(again.faults).toEqual([{ pointer: '/secrets/OTHER', message: 'is masked, and there is no secret to keep' }]);
  });

  it('are refused where two have one name, or a name that no Secret can hold', () => {
    const { faults } = separateSecrets(
      { a: { K: '1' }, b: { K: '2' }, c: { 'not ok': '3' } },
      ['/a/K', '/b/K', '/c/not ok'],
      {},
    );
    expect(faults.map((fault) => fault.pointer)).toEqual(['/b/K', '/c/not ok']);
  });

  it('never reach the chart', () => {
    const { open } = separateSecrets(values, pointers, {});
    const context = { instanceId: 'i', tenant: 'acme', plan: 'free', secrets: { name: 'n', hash: 'h' } };
    const given = chartValues({ replicas: 3, image: 'x' }, open, pointers, context);
    expect(given).toEqual({ replicas: 1, image: 'x', secrets: {}, tenantry: context });
  });
});

describe('merging values', () => {
  it('lets values win and defaults fill', () => {
    expect(mergeValues({ a: { b: 1, c: [1, 2] }, d: 'x' }, { a: { c: [3] }, e: null })).toEqual({
      a: { b: 1, c: [3] },
      d: 'x',
      e: null,
    });
  });

  it('changes neither side and is idempotent', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(object, object, (defaults, values) => {
        const before = JSON.stringify([defaults, values]);
        const merged = mergeValues(defaults, values);
        expect(JSON.stringify([defaults, values])).toBe(before);
        expect(mergeValues(merged, values)).toEqual(merged);
      }),
    );
  });
});

describe('unmasking', () => {
  it('puts known secrets in the place of their masks, and leaves everything else', () => {
    const values = { secrets: { KEY: masked, OTHER: 'new' }, note: masked };
    const known = { '/secrets/KEY': 's3cret', '/secrets/OTHER': 'old', '/gone/KEY': 'x' };
    expect(unmask(values, known)).toEqual({ secrets: { KEY: 's3cret', OTHER: 'new' }, note: masked });
    expect(values.secrets.KEY).toBe(masked);
  });
});
