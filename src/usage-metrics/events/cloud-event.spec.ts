import { faultOfEvent, maxEventDepth } from './cloud-event.js';
import { scanJson } from './json-scan.js';

const good = { specversion: '1.0', id: '1', source: '/s', type: 't' };

function judge(event: unknown, json = JSON.stringify(event)) {
  return faultOfEvent(event, json, scanJson(json, 0));
}

describe('a CloudEvent', () => {
  it.each<[string, object]>([
    ['with what is required', {}],
    [
      'with everything',
      {
        subject: 's',
        time: '2026-11-20T08:30:00Z',
        datacontenttype: 'application/json; charset=utf-8',
        dataschema: 'https://a.b/c',
        data: { n: 1 },
      },
    ],
    ['with data of any kind', { data: [1, null, 'x'] }],
    ['with null for nothing', { subject: null, time: null, data: null, traceparent: null }],
    ['with extensions', { region: 'eu', retries: 3, sampled: false, empty: '' }],
    ['with bytes', { data_base64: 'AP8B' }],
    ['with names of other alphabets', { id: 'заказ-№1', type: '注文', subject: '😀' }],
    ['of a call that came from outside', { type: 'tenantry.llm.call', source: 'tenantry' }],
    ['with names that harm others', { data: { __proto__: 1, constructor: { prototype: {} } } }],
  ])('%s is good', (_, members) => {
    expect(judge({ ...good, ...members })).toBeUndefined();
  });

  it.each<[string, unknown, string, RegExp]>([
    ['a number', 5, 'invalid_event', /object/],
    ['null', null, 'invalid_event', /object/],
    ['an array', [], 'invalid_event', /object/],
    ['nothing', {}, 'invalid_event', /specversion is required; id is required; source is required; type is required/],
    ['another version', { ...good, specversion: '0.3' }, 'invalid_event', /specversion is not/],
    ['a number for a version', { ...good, specversion: 1 }, 'invalid_event', /specversion/],
    ['an empty id', { ...good, id: '' }, 'invalid_event', /id is empty/],
    ['a number for an id', { ...good, id: 5 }, 'invalid_event', /id is no text/],
    ['a source with a blank', { ...good, source: 'a b' }, 'invalid_event', /source is no URI/],
    ['a control character', { ...good, type: 'a\u0007' }, 'invalid_event', /control/],
    ['what Unicode does not have', { ...good, id: 'a\uFFFE' }, 'invalid_event', /Unicode/],
    ['a long attribute', { ...good, id: 'ä'.repeat(513) }, 'invalid_event', /1024 bytes/],
    ['a relative schema', { ...good, dataschema: 'x' }, 'invalid_event', /dataschema/],
    ['a type of data that is none', { ...good, datacontenttype: 'json' }, 'invalid_event', /datacontenttype/],
    ['data twice', { ...good, data: 1, data_base64: 'AA==' }, 'invalid_event', /exclude/],
    ['bytes that are none', { ...good, data_base64: 'A' }, 'invalid_event', /Base64/],
    ['a name in upper case', { ...good, Region: 'eu' }, 'invalid_event', /Region is no name/],
    ['a name with a prototype', JSON.parse('{"__proto__":{}}'), 'invalid_event', /__proto__ is no name/],
    ['a name that forges lines', { ...good, 'a\nb': 1 }, 'invalid_event', /^a member is no name/],
    ['an object for an extension', { ...good, region: {} }, 'invalid_event', /region/],
    ['a large number for one', { ...good, region: 3_000_000_000 }, 'invalid_event', /region/],
    ['a fraction for one', { ...good, region: 1.5 }, 'invalid_event', /region/],
    ['a time that is none', { ...good, time: 'now' }, 'invalid_event', /time is no RFC 3339/],
    ['a number for a time', { ...good, time: 5 }, 'invalid_event', /time/],
    ['year 0', { ...good, time: '0000-01-01T00:00:00Z' }, 'time_out_of_range', /1970/],
    ['too much data', { ...good, data: 'x'.repeat(65_536) }, 'event_too_large', /65536/],
    ['half of a pair', { ...good, data: '\ud800' }, 'invalid_text', /surrogate/],
    [
      'what Tenantry alone sends',
      { ...good, type: 'tenantry.api.call' },
      'reserved_type',
      /^type tenantry.api.call is/,
    ],
    ['a source of Tenantry', { ...good, source: 'tenantry/instances/x' }, 'reserved_source', /^source is one of/],
    ['a NUL', { ...good, data: { a: ['\0'] } }, 'invalid_text', /NUL/],
  ])('%s is not', (_, event, code, message) => {
    expect(judge(event)).toEqual({ code, message: expect.stringMatching(message) });
  });

  it('has no attribute twice, and says so of data alone that the last one holds', () => {
    const json = '{"specversion":"1.0","id":"1","source":"/s","type":"t","id":"2"}';
    expect(judge(JSON.parse(json), json)).toMatchObject({ code: 'duplicate_attribute' });
    const inData = '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"a":1,"a":2}}';
    expect(judge(JSON.parse(inData), inData)).toBeUndefined();
  });

  it('is as deep as it may be', () => {
    const nested = (levels: number) =>
      `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const deepest = nested(maxEventDepth - 1);
    expect(judge(JSON.parse(deepest), deepest)).toBeUndefined();
    const deeper = nested(maxEventDepth);
    expect(judge(JSON.parse(deeper), deeper)).toMatchObject({ code: 'nested_too_deep' });
  });

  it('has numbers that can be kept', () => {
    for (const [number, code] of [
      ['1e400', undefined],
      ['1e401', 'number_out_of_range'],
      ['9'.repeat(500), 'number_out_of_range'],
    ] as const) {
      const json = `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":${number}}`;
      expect(judge(JSON.parse(json), json)?.code).toBe(code);
    }
  });
});
