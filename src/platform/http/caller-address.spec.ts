import { callerAddress } from './caller-address.js';

describe('the address of a caller', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::1', '::1'],
  ])('%s is %s', (told, address) => {
    expect(callerAddress(told, '10.0.0.1')).toBe(address);
  });

  it.each(['', 'unknown', '192.0.2.7:4711', '192.0.2.7, 10.0.0.1', 'x'.repeat(10_000)])(
    '%j counts for nothing',
    (told) => {
      expect(callerAddress(told, '::ffff:10.0.0.1')).toBe('10.0.0.1');
      expect(callerAddress(told, undefined)).toBe('unknown');
    },
  );
});
