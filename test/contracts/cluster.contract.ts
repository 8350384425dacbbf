import { helmContract, helmFailuresContract } from './cluster-helm.contract.js';
import { namespaceContract, objectsContract } from './cluster-objects.contract.js';
import { openUnderTest, type Backend, type UnderTest } from './cluster-under-test.js';
import { workloadsContract } from './cluster-workloads.contract.js';

/**
 * What this product relies on from any cluster, real or embedded, through the clients it uses and the real programs.
 * @param start begins a cluster that nobody else changes meanwhile
 */
export function clusterContract(name: string, start: () => Promise<Backend>): void {
  describe(`cluster contract: ${name}`, () => {
    let opened: UnderTest | undefined;
    const under = (): UnderTest => {
      if (opened === undefined) throw new Error('the cluster did not start');
      return opened;
    };

    beforeAll(async () => {
      opened = await openUnderTest(start);
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    }, 60_000);

    objectsContract(under);
    namespaceContract(under);
    workloadsContract(under);
    helmContract(under);
    helmFailuresContract(under);
  });
}
