import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const port = { port: 80, protocol: 'TCP', targetPort: 80 };
const service = (spec: JsonObject): string[] =>
  faultsOf('v1', 'Service', { spec: { type: 'ClusterIP', sessionAffinity: 'None', ports: [port], ...spec } });
const ports = (...list: JsonObject[]): string[] => service({ ports: list.map((one) => ({ ...port, ...one })) });

describe('a Service', () => {
  it('that is whole has no fault', () => {
    expect(service({ selector: { app: 'a' }, clusterIP: '10.0.0.1' })).toEqual([]);
    expect(ports({ name: 'a' }, { name: 'b', port: 81, targetPort: 'http' })).toEqual([]);
  });

  it('needs a port, unless it is headless', () => {
    expect(service({ ports: [] })).toEqual(['spec.ports: Required value']);
    expect(service({ ports: [], clusterIP: 'None' })).toEqual([]);
  });

  it.each([
    [{ port: 0 }, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [{ protocol: 'HTTP' }, 'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
    [{ targetPort: 0 }, 'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [{ targetPort: '_' }, 'spec.ports[0].targetPort: Invalid value: "_": must contain at least one letter (a-z)'],
    [{ name: 'A' }, expect.stringContaining('spec.ports[0].name: Invalid value: "A": a lowercase RFC 1123 label')],
    [{ nodePort: 30_000 }, "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ])('refuses the port %j', (more, expected) => {
    expect(ports(more)).toContainEqual(expected);
  });

  it('names its ports when there are several, each once', () => {
    expect(ports({ port: 1 }, { port: 2 })).toEqual([
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
    ]);
    expect(ports({ name: 'a' }, { name: 'a', port: 81 })).toEqual(['spec.ports[1].name: Duplicate value: "a"']);
  });

  it('has each number once a protocol', () => {
    expect(ports({ name: 'a' }, { name: 'b' })).toEqual([
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ]);
    expect(ports({ name: 'a' }, { name: 'b', protocol: 'UDP' })).toEqual([]);
  });

  it.each([
    [
      { type: 'Public' },
      'spec.type: Unsupported value: "Public": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      { sessionAffinity: 'Cookie' },
      'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
    ],
    [{ selector: { a: '!' } }, expect.stringContaining('spec.selector: Invalid value: "!"')],
    [
      { clusterIP: 'x' },
      'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      { externalIPs: ['x'] },
      'spec.externalIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      { externalTrafficPolicy: 'Local' },
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      { internalTrafficPolicy: 'Near' },
      'spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"',
    ],
    [
      { type: 'NodePort', ports: [{ ...port, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [{ type: 'ExternalName', ports: [] }, 'spec.externalName: Required value'],
    [
      { type: 'ExternalName', externalName: 'a.example.com.', clusterIP: '10.0.0.1' },
      'spec.clusterIP: Forbidden: may not be set for ExternalName services',
    ],
  ])('refuses %j', (spec, expected) => {
    expect(service(spec)).toEqual([expected]);
  });
});

const backend = { service: { name: 'web', port: { number: 80 } } };
const ingress = (spec: JsonObject): string[] => faultsOf('networking.k8s.io/v1', 'Ingress', { spec });
const path = (more: JsonObject): string[] =>
  ingress({
    rules: [{ host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...more }] } }],
  });
const at = 'spec.rules[0].http.paths[0]';

describe('an Ingress', () => {
  it('that is whole has no fault', () => {
    expect(path({})).toEqual([]);
    expect(
      ingress({ defaultBackend: backend, ingressClassName: 'nginx', tls: [{ hosts: ['*.example.com'] }] }),
    ).toEqual([]);
    expect(path({ backend: { service: { name: 'web', port: { name: 'http' } } } })).toEqual([]);
    expect(path({ backend: { resource: { kind: 'Bucket', name: 'b' } } })).toEqual([]);
  });

  it('leads somewhere', () => {
    expect(ingress({})).toEqual(['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']);
    expect(ingress({ rules: [{ http: { paths: [] } }] })).toEqual(['spec.rules[0].http.paths: Required value']);
  });

  it.each([
    [{ pathType: undefined }, `${at}.pathType: Required value: pathType must be specified`],
    [
      { pathType: 'Regex' },
      `${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
    [{ path: 'a' }, `${at}.path: Invalid value: "a": must be an absolute path`],
    [{ path: 'a', pathType: 'ImplementationSpecific' }, `${at}.path: Invalid value: "a": must be an absolute path`],
    [{ path: '/a//b' }, `${at}.path: Invalid value: "/a//b": must not contain '//'`],
    [{ path: '/a/..' }, `${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
    [{ backend: {} }, `${at}.backend: Invalid value: "": resource or service backend is required`],
    [
      { backend: { ...backend, resource: {} } },
      `${at}.backend: Invalid value: "": cannot set both resource and service backends`,
    ],
    [{ backend: { service: { port: { number: 80 } } } }, `${at}.backend.service.name: Required value`],
    [{ backend: { service: { name: 'web' } } }, `${at}.backend: Required value: port name or number is required`],
    [
      { backend: { service: { name: 'web', port: { name: 'a', number: 1 } } } },
      `${at}.backend: Invalid value: "": cannot set both port name & port number`,
    ],
    [
      { backend: { service: { name: 'web', port: { number: 99_999 } } } },
      `${at}.backend.service.port.number: Invalid value: 99999: must be between 1 and 65535, inclusive`,
    ],
  ])('refuses the path %j', (more, expected) => {
    expect(path(more)).toEqual([expected]);
  });

  it.each([
    ['10.0.0.1', 'must be a DNS name, not an IP address'],
    ['A.example.com', 'a lowercase RFC 1123 subdomain must consist of'],
    ['a.*.com', 'a wildcard DNS-1123 subdomain must start with'],
  ])('refuses the host %s', (host, expected) => {
    expect(ingress({ rules: [{ host }] })).toEqual([expect.stringContaining(expected)]);
    expect(ingress({ defaultBackend: backend, tls: [{ hosts: [host] }] })).toEqual([
      expect.stringContaining('spec.tls[0].hosts[0]'),
    ]);
  });
});

const policy = (spec: JsonObject): string[] =>
  faultsOf('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ...spec } });

describe('a NetworkPolicy', () => {
  it('that is whole has no fault', () => {
    expect(policy({ policyTypes: ['Ingress', 'Egress'], ingress: [{}] })).toEqual([]);
    expect(
      policy({
        ingress: [
          {
            from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
            ports: [{ port: 'http' }],
          },
        ],
      }),
    ).toEqual([]);
  });

  it.each([
    [
      { policyTypes: ['Inward'] },
      'spec.policyTypes[0]: Unsupported value: "Inward": supported values: "Egress", "Ingress"',
    ],
    [
      { policyTypes: ['Ingress', 'Egress', 'Ingress'] },
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
    [{ ingress: [{ from: [{}] }] }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      { egress: [{ to: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
      'spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [{ ingress: [{ from: [{ ipBlock: {} }] }] }, 'spec.ingress[0].from[0].ipBlock.cidr: Required value'],
    [
      { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }] },
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      { ingress: [{ ports: [{ port: 0 }] }] },
      'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      { ingress: [{ ports: [{ protocol: 'ICMP' }] }] },
      'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      { ingress: [{ ports: [{ endPort: 5 }] }] },
      'spec.ingress[0].ports[0].port: Required value: must be specified when `endPort` is specified',
    ],
    [
      { ingress: [{ ports: [{ port: 9, endPort: 5 }] }] },
      'spec.ingress[0].ports[0].endPort: Invalid value: 5: must be greater than or equal to `port`',
    ],
  ])('refuses %j', (spec, expected) => {
    expect(policy(spec)).toEqual([expected]);
  });
});
