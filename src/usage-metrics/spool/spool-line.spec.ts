import fc from 'fast-check';
import { eventOf, lineOf, type SpooledEvent } from './spool-line.js';

const text = fc.string({ unit: 'binary' });
const spooled: fc.Arbitrary<SpooledEvent> = fc.record(
  { receivedAt: text, tenantId: text, subject: text, json: text },
  { requiredKeys: ['receivedAt', 'json'] },
);

function bytesOf(event: SpooledEvent): Buffer {
  return Buffer.from(lineOf(event)).subarray(0, -1);
}

describe('a line of the spool', () => {
  it('gives any text back as it was', () => {
    fc.assert(fc.property(spooled, (event) => expect(eventOf(bytesOf(event))).toEqual(event)));
  });

  it.each([
    ['line ends', '{\n "id": "a",\r\n "data": {"n": 1}\n}\n'],
    ['numbers beyond doubles', '{"data":{"n":0.1000000000000000055511151231257827,"m":1e400,"z":-0}}'],
    ['half a surrogate pair', '{"id":"\ud800"}'],
    ['separators of Unicode', '{"id":"\u2028\u2029\u0085"}'],
  ])('is one line of JSON, whatever stands in the event: %s', (_, json) => {
    const line = lineOf({ receivedAt: '2030-01-05T00:00:00.000Z', json });
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ crc: expect.stringMatching(/^[0-9a-f]{8}$/), json });
    expect(eventOf(Buffer.from(line).subarray(0, -1))?.json).toBe(json);
  });

  it('is not one any more with a byte changed, a byte less or a byte more', () => {
    fc.assert(
      fc.property(spooled, fc.nat(), fc.integer({ min: 1, max: 255 }), (event, place, change) => {
        const good = bytesOf(event);
        const at = place % good.length;
        const changed = Buffer.from(good);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(eventOf(changed)).toBeUndefined();
        expect(eventOf(good.subarray(0, at))).toBeUndefined();
        expect(eventOf(Buffer.concat([good, Buffer.from([change])]))).toBeUndefined();
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['another JSON', '{"crc":"00000000","json":"{}"}'],
    ['zeros', '\0'.repeat(64)],
    ['a checksum over what is no event', '{"crc":"c848e8a3",1}'],
  ])('%s is none', (_, line) => {
    expect(eventOf(Buffer.from(line))).toBeUndefined();
  });
});
