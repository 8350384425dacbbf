import { pod } from '../testing/objects.js';
import { PodAddresses } from './addresses.js';

describe('the addresses of pods', () => {
  it('differ', () => {
    const addresses = new PodAddresses([]);
    const seen = new Set(Array.from({ length: 5000 }, () => addresses.next()));
    expect(seen.size).toBe(5000);
    expect([...seen].every((address) => /^10\.24[4-7]\.\d{1,3}\.\d{1,3}$/.test(address))).toBe(true);
  });

  it('go on after those that are in use, after a restart', () => {
    const first = new PodAddresses([]);
    const used = Array.from({ length: 300 }, () => first.next());
    const pods = used.map((podIP, i) => pod(`p${i}`, { podIP }));
    const next = new PodAddresses(pods).next();
    expect(used).not.toContain(next);
    expect(next).toBe(first.next());
  });

  it('come back in the end', () => {
    const addresses = new PodAddresses([]);
    const first = addresses.next();
    let count = 1;
    while (addresses.next() !== first) count += 1;
    expect(count).toBe(2 ** 18 - 16);
  });

  it('take no notice of what is none of them', () => {
    const odd = ['192.168.0.1', 'nonsense', '::1'].map((podIP, i) => pod(`p${i}`, { podIP }));
    expect(new PodAddresses(odd).next()).toBe('10.244.0.11');
  });
});
