import type { KubeObject } from '../../store/kube-object.js';
import { ServiceNetwork } from './service-network.js';
import { cluster, service } from './testing/admitted-store.js';

describe('the network of services', () => {
  function spec(object: KubeObject): Record<string, unknown> {
    return object['spec'] as Record<string, unknown>;
  }

  it('gives each service an address of its own', () => {
    const { store } = cluster();
    const [a, b] = [store.create('/services', service('a', {})), store.create('/services', service('b', {}))];
    expect(spec(a)['clusterIP']).toMatch(/^10\.96\./);
    expect(spec(a)['clusterIPs']).toEqual([spec(a)['clusterIP']]);
    expect(spec(a)['clusterIP']).not.toBe(spec(b)['clusterIP']);
    expect(spec(a)).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  });

  it('gives headless services none, and external names nothing at all', () => {
    const { store } = cluster();
    expect(spec(store.create('/services', service('a', { clusterIP: 'None' })))).toMatchObject({
      clusterIP: 'None',
      clusterIPs: ['None'],
    });
    const external = store.create('/services', service('b', { type: 'ExternalName', externalName: 'x.y' }));
    expect(spec(external)).not.toHaveProperty('clusterIP');
  });

  it('refuses an address that is taken', () => {
    const { store } = cluster();
    store.create('/services', service('a', { clusterIP: '10.96.1.1' }));
    expect(() => store.create('/services', service('b', { clusterIP: '10.96.1.1' }))).toThrow(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.1.1"]: failed to allocate IP 10.96.1.1: provided IP is already allocated',
    );
    store.delete('/services', 'ns', 'a');
    expect(() => store.create('/services', service('b', { clusterIP: '10.96.1.1' }))).not.toThrow();
  });

  it('keeps the address when a writer leaves it out', () => {
    const { store } = cluster();
    const made = store.create('/services', service('a', {}));
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec(made);
    expect(spec(store.update('/services', { ...made, spec: { ...rest, selector: { a: 'b' } } }))['clusterIP']).toBe(
      spec(made)['clusterIP'],
    );
  });

  it('gives node ports to those who are reached through nodes, and takes them back', () => {
    const { store } = cluster();
    const made = store.create('/services', service('a', { type: 'NodePort' }));
    const [port] = spec(made)['ports'] as { nodePort: number }[];
    expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
    const again = store.update('/services', {
      ...made,
      spec: { ...spec(made), ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
    });
    expect(spec(again)['ports']).toEqual([{ port: 80, protocol: 'TCP', nodePort: port?.nodePort, targetPort: 80 }]);
    const inner = store.update('/services', { ...again, spec: { ...spec(again), type: 'ClusterIP' } });
    expect(spec(inner)['ports']).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  });

  it('refuses a node port that is taken', () => {
    const { store } = cluster();
    const ports = [{ port: 80, protocol: 'TCP', nodePort: 30_500 }];
    store.create('/services', service('a', { type: 'NodePort', ports }));
    expect(() => store.create('/services', service('b', { type: 'NodePort', ports }))).toThrow(
      'spec.ports[0].nodePort: Invalid value: 30500: provided port is already allocated',
    );
  });

  it('knows after a restart what was taken', () => {
    const { store } = cluster();
    store.create('/services', service('a', { clusterIP: '10.96.1.1' }));
    const again = new ServiceNetwork(store);
    expect(() => again.admit(service('b', { clusterIP: '10.96.1.1' }), undefined)).toThrow('already allocated');
    again.stop();
  });
});
