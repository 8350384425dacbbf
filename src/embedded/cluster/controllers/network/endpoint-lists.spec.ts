import type { Service, ServicePort } from '../kinds.js';
import { meta, pod, ready } from '../testing/objects.js';
import { endpointsDraft, podsBehind, sliceDraft } from './endpoint-lists.js';

function service(spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('web'),
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  };
}

const labels = { app: 'web' };
const containers = [
  {
    name: 'app',
    image: 'x',
    ports: [
      { name: 'http', containerPort: 8080 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ],
  },
];
const up = pod('up', { ...ready(), podIP: '10.244.0.1' }, { labels }, { containers, nodeName: 'n1' });

describe('the ports behind a service', () => {
  const rows: [string, ServicePort, object[]][] = [
    ['the same port', { port: 80 }, [{ port: 80, protocol: 'TCP' }]],
    ['another port', { port: 80, targetPort: 8080 }, [{ port: 8080, protocol: 'TCP' }]],
    ['a port by name', { name: 'web', port: 80, targetPort: 'http' }, [{ name: 'web', port: 8080, protocol: 'TCP' }]],
    ['a port by name and protocol', { port: 53, targetPort: 'dns', protocol: 'UDP' }, [{ port: 53, protocol: 'UDP' }]],
    ['a name that no container has', { port: 80, targetPort: 'grpc' }, []],
    ['a name of another protocol', { port: 53, targetPort: 'dns' }, []],
    ['what it speaks', { port: 80, appProtocol: 'h2c' }, [{ port: 80, protocol: 'TCP', appProtocol: 'h2c' }]],
  ];
  it.each(rows)('%s', (_what, port, expected) => {
    const { subsets = [] } = endpointsDraft(service({ ports: [port] }), [up]) as { subsets?: { ports?: object[] }[] };
    expect(subsets[0]?.ports ?? []).toEqual(expected);
    const named = expected.map((one) => ({ name: '', ...one }));
    expect(sliceDraft(service({ ports: [port] }), [up], () => undefined)['ports']).toEqual(named);
  });
});

describe('the pods behind a service', () => {
  const rows: [string, ReturnType<typeof pod>, boolean][] = [
    ['one that it selects', up, true],
    ['not one of other labels', pod('p', { podIP: '10.244.0.2' }, { labels: { app: 'db' } }), false],
    ['not one without an address', pod('p', {}, { labels }), false],
    ['not one that is over', pod('p', { phase: 'Succeeded', podIP: '10.244.0.2' }, { labels }), false],
    ['one that is not ready', pod('p', { podIP: '10.244.0.2' }, { labels }), true],
  ];
  it.each(rows)('%s', (_which, one, expected) => {
    expect(podsBehind(service(), [one])).toEqual(expected ? [one] : []);
  });
});
