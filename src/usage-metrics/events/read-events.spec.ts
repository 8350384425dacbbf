import fc from 'fast-check';
import { isBinaryMode, textOfBinaryEvent } from './binary-event.js';
import { readEvents } from './read-events.js';

const acme = { id: '0199c0de-0000-7000-8000-000000000001', slug: 'acme' };
const other = { id: '0199c0de-0000-7000-8000-000000000002', slug: 'other' };
const good = { specversion: '1.0', id: '1', source: '/s', type: 't' };

describe('the events of a body', () => {
  it('are each the text that was sent, however it is written', () => {
    const written = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'));
    fc.assert(
      fc.property(fc.array(written), fc.constantFrom('', ' ', '\n'), (values, space) => {
        const texts = values.map(([data, indent]) => JSON.stringify({ ...good, data }, null, indent));
        const read = readEvents(`${space}[${space}${texts.join(`${space},${space}`)}${space}]`, 'batch', [acme]);
        expect(read.good.map(({ json }) => json)).toEqual(texts);
        expect([read.count, read.rejected]).toEqual([texts.length, []]);
      }),
    );
  });

  it('keep their places when some are refused', () => {
    const events = [good, 1, { ...good, id: '' }, good];
    const read = readEvents(JSON.stringify(events), 'either', [acme]);
    expect(read.places).toEqual([0, 3]);
    expect(read.rejected.map(({ index }) => index)).toEqual([1, 2]);
  });

  it.each([
    ['one tenant, none named', [acme], undefined, { tenantId: acme.id }],
    ['one tenant, by slug', [acme], 'acme', { tenantId: acme.id }],
    ['one tenant, by id', [acme], acme.id, { tenantId: acme.id }],
    ['one tenant, another named', [acme], 'other', 'tenant_not_found'],
    ['two tenants, none named', [acme, other], undefined, 'subject_required'],
    ['two tenants, one named', [acme, other], 'other', { tenantId: other.id }],
    ['an operator, none named', 'all', undefined, 'subject_required'],
    ['an operator, one named', 'all', 'any', { subject: 'any' }],
  ] as const)('of a caller of %s', (_, reach, subject, expected) => {
    const { good: taken, rejected } = readEvents(JSON.stringify({ ...good, subject }), 'event', reach);
    if (typeof expected === 'string') expect(rejected).toMatchObject([{ index: 0, code: expected }]);
    else expect(taken).toMatchObject([expected]);
  });
});

describe('an event in binary mode', () => {
  const headers = {
    'ce-id': '1',
    'ce-source': 's',
    'ce-type': 't',
    'ce-specversion': '1.0',
    authorization: 'Bearer x',
  };

  it('is known by its headers, of which no other is taken', () => {
    expect([isBinaryMode(headers), isBinaryMode({ authorization: 'x' })]).toEqual([true, false]);
    expect(textOfBinaryEvent(headers, Buffer.from(''))).not.toContain('Bearer');
  });

  it('has attributes in quotes, and percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        fc.pre(text.isWellFormed());
        const encoded = encodeURIComponent(text);
        for (const value of [encoded, `"${encoded}"`]) {
          expect(JSON.parse(textOfBinaryEvent({ ...headers, 'ce-note': value }, Buffer.from('')))).toMatchObject({
            note: text,
          });
        }
      }),
    );
  });

  it.each([
    ['ce-id', '%ff'],
    ['ce-id', 'caf\u00e9'],
    ['ce-data', '1'],
    ['ce-datacontenttype', 'text/plain'],
  ])('%s: %j is a fault', (name, value) => {
    expect(() => textOfBinaryEvent({ ...headers, [name]: value }, Buffer.from(''))).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        faults: [{ pointer: expect.stringMatching(/^Ce-\w+:$/), message: expect.any(String) }],
      }),
    );
  });
});
