import type { KubeObject } from '../../store/kube-object.js';
import type { Draft } from '../cluster-view.js';
import type { Service } from '../kinds.js';
import { barePod, deployment, VirtualCluster } from '../testing/virtual-cluster.js';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function service(spec: Partial<Service['spec']> = {}): Draft {
  const whole = {
    type: 'ClusterIP',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'web' }],
    ...spec,
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', labels: { tier: 'front' } }, spec: whole };
}

function pod(name: string, image = 'x/app:1', app = 'web'): Draft {
  const container = { name: 'app', image, ports: [{ name: 'web', containerPort: 8080 }], readinessProbe: {} };
  return barePod(name, { containers: [container] }, { labels: { app } });
}

function slices(): readonly KubeObject[] {
  return cluster.store.list('discovery.k8s.io/endpointslices', 'ns');
}

function endpoints(): KubeObject | undefined {
  return cluster.store.get('/endpoints', 'ns', 'web');
}

describe('behind a service', () => {
  it('stand the pods that are ready, and apart from them those that are not', () => {
    cluster.add('/pods', pod('a'));
    cluster.add('/pods', pod('b', 'x/never-ready:1'));
    cluster.add('/pods', pod('c', 'x/app:1', 'other'));
    const { uid } = cluster.add('/services', service()).metadata;
    cluster.seconds(1);
    const [slice] = slices();
    expect(slices()).toHaveLength(1);
    expect(slice?.metadata).toMatchObject({
      name: expect.stringMatching(/^web-[a-z0-9]{5}$/),
      labels: {
        tier: 'front',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ kind: 'Service', uid, controller: true }],
    });
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', name: 'a' },
          zone: 'embedded-a',
        },
        { conditions: { ready: false, serving: false, terminating: false }, targetRef: { name: 'b' } },
      ],
    });
    expect(endpoints()).toMatchObject({
      subsets: [
        {
          addresses: [{ ip: cluster.get('/pods', 'a').status?.podIP, nodeName: 'embedded-1' }],
          notReadyAddresses: [{ ip: cluster.get('/pods', 'b').status?.podIP }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    });
  });

  it('nobody may stand', () => {
    cluster.add('/services', service());
    cluster.seconds(1);
    expect(slices()[0]).toMatchObject({ endpoints: [], ports: [] });
    expect(endpoints()).not.toHaveProperty('subsets');
  });

  it('a pod that is not ready stands when the service asks for it', () => {
    cluster.add('/pods', pod('a', 'x/never-ready:1'));
    cluster.add('/services', service({ publishNotReadyAddresses: true }));
    cluster.seconds(1);
    expect(slices()[0]).toMatchObject({ endpoints: [{ conditions: { ready: true, serving: false } }] });
    expect(endpoints()).toMatchObject({ subsets: [{ addresses: [{ ip: expect.any(String) }] }] });
  });

  it('pods come and go, and a pod whose labels change leaves', () => {
    cluster.add('/services', service());
    cluster.add('apps/deployments', deployment('web', { replicas: 2 }));
    cluster.seconds(1);
    expect(slices()[0]?.['endpoints']).toHaveLength(2);
    const [first] = cluster.list('/pods');
    cluster.edit('/pods', first?.metadata.name ?? '', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    cluster.seconds(1);
    expect(slices()[0]?.['endpoints']).toHaveLength(2);
    expect(JSON.stringify(slices()[0])).not.toContain(first?.metadata.name);
    cluster.remove('apps/deployments', 'web');
    cluster.seconds(1);
    expect(slices()[0]?.['endpoints']).toEqual([]);
  });

  it('a pod that ends is listed as ending', () => {
    cluster.add('/pods', pod('a', 'x/hang-termination:1'));
    cluster.add('/services', service());
    cluster.seconds(1);
    cluster.remove('/pods', 'a');
    cluster.seconds(1);
    expect(slices()[0]).toMatchObject({
      endpoints: [{ conditions: { ready: false, serving: true, terminating: true } }],
    });
    expect(endpoints()).not.toHaveProperty('subsets');
  });

  const unmanaged: [string, Partial<Service['spec']>][] = [
    ['without a selector', { selector: {} }],
    ['that is another name', { type: 'ExternalName' }],
  ];
  it.each(unmanaged)('%s nothing is listed', (_which, spec) => {
    cluster.add('/services', service(spec));
    cluster.seconds(1);
    expect([slices(), endpoints()]).toEqual([[], undefined]);
  });

  it('the lists go with it, and come back when somebody else deletes them', () => {
    cluster.add('/services', service());
    cluster.seconds(1);
    cluster.store.delete('discovery.k8s.io/endpointslices', 'ns', slices()[0]?.metadata.name ?? '');
    cluster.store.delete('/endpoints', 'ns', 'web');
    cluster.seconds(1);
    expect([slices().length, endpoints()?.kind]).toEqual([1, 'Endpoints']);
    cluster.remove('/services', 'web');
    cluster.seconds(1);
    expect([slices(), endpoints()]).toEqual([[], undefined]);
  });
});

describe('a service of type LoadBalancer', () => {
  it('gets an address, and loses it with the type', () => {
    cluster.add('/services', service({ type: 'LoadBalancer' }));
    cluster.seconds(1);
    expect(cluster.get('/services', 'web').status).toEqual({
      loadBalancer: { ingress: [{ ip: '203.0.113.1', ipMode: 'VIP' }] },
    });
    expect(cluster.eventsOf('web')).toContain('EnsuredLoadBalancer: Ensured load balancer');
    cluster.edit('/services', 'web', (object) => ({ ...object, spec: { ...object.spec, type: 'ClusterIP' } }));
    cluster.seconds(1);
    expect(cluster.get('/services', 'web').status).toEqual({ loadBalancer: {} });
  });
});
