import { pod } from '../testing/objects.js';
import { Ledger } from './ledger.js';

function asking(name: string, cpu: string, nodeName: string | undefined, phase = 'Running') {
  const containers = [{ name: 'app', image: 'x', resources: { requests: { cpu, memory: '1Gi' } } }];
  return pod(name, { phase }, {}, { containers, ...(nodeName === undefined ? {} : { nodeName }) });
}

const GI = 2 ** 30;

describe('what is taken of a node', () => {
  it('is what its pods reserve, each once', () => {
    const ledger = new Ledger();
    for (const one of [asking('a', '1', 'n1'), asking('b', '500m', 'n1'), asking('c', '2', 'n2')]) ledger.see(one);
    ledger.see(asking('a', '1', 'n1'));
    expect(ledger.takenOf('n1')).toEqual({ cpu: 1.5, memory: 2 * GI, pods: 2 });
    expect(ledger.takenOf('n2')).toEqual({ cpu: 2, memory: GI, pods: 1 });
    expect(ledger.takenOf('n3')).toEqual({ cpu: 0, memory: 0, pods: 0 });
  });

  it('is nothing for a pod without a node', () => {
    const ledger = new Ledger();
    expect(ledger.see(asking('a', '1', undefined))).toBe(false);
  });

  it('is given back when a pod is over or gone, once', () => {
    const ledger = new Ledger();
    ledger.see(asking('a', '1', 'n1'));
    ledger.see(asking('b', '1', 'n1'));
    expect(ledger.see(asking('a', '1', 'n1', 'Succeeded'))).toBe(true);
    expect(ledger.see(asking('a', '1', 'n1', 'Succeeded'))).toBe(false);
    expect(ledger.release('uid-of-b')).toBe(true);
    expect(ledger.release('uid-of-b')).toBe(false);
    expect(ledger.takenOf('n1')).toEqual({ cpu: 0, memory: 0, pods: 0 });
  });
});
