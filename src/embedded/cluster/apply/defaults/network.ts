import { isObject, listAt, valueAt } from '../json.js';
import { all, type Default, deep, each, fill, within } from './fill.js';

const EXTERNAL = ['NodePort', 'LoadBalancer'];
const INTERNAL = ['ClusterIP', ...EXTERNAL];
const STICKY_SECONDS = 10_800;

const servicePort: Default = (port) => {
  const { targetPort, port: number } = port;
  const filled = fill(port, { protocol: 'TCP' });
  const unset = targetPort === undefined || targetPort === 0 || targetPort === '';
  return unset && number !== undefined ? { ...filled, targetPort: number } : filled;
};

const sticky: Default = (spec) => {
  if (spec['sessionAffinity'] !== 'ClientIP') {
    if (spec['sessionAffinityConfig'] === undefined) return spec;
    const { sessionAffinityConfig: _, ...rest } = spec;
    return spec['sessionAffinity'] === 'None' ? rest : spec;
  }
  if (valueAt(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds') !== undefined) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: STICKY_SECONDS } } };
};

const traffic: Default = (spec) => {
  const type = String(spec['type']);
  const reached = EXTERNAL.includes(type) || (type === 'ClusterIP' && listAt(spec, 'externalIPs').length > 0);
  return fill(spec, {
    ...(reached ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(INTERNAL.includes(type) ? { internalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
  });
};

const serviceSpec = all(
  (spec) => fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' }),
  sticky,
  (spec) => each(spec, 'ports', servicePort),
  traffic,
);

const policyPorts: Default = (rule) => each(rule, 'ports', (port) => fill(port, { protocol: 'TCP' }));

const networkPolicySpec: Default = (spec) => {
  const types = listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  const filled = fill(spec, { podSelector: {}, policyTypes: types });
  return each(each(filled, 'ingress', policyPorts), 'egress', policyPorts);
};

/** Defaults of kinds that carry traffic, by apiVersion and kind. */
export const NETWORK: Readonly<Record<string, Default>> = {
  'v1/Service': all((service) => fill(service, { status: { loadBalancer: {} } }), deep(['spec'], serviceSpec)),
  'v1/Endpoints': (endpoints) =>
    each(endpoints, 'subsets', (subset) => each(subset, 'ports', (port) => fill(port, { protocol: 'TCP' }))),
  'networking.k8s.io/v1/NetworkPolicy': deep(['spec'], networkPolicySpec),
  'networking.k8s.io/v1/Ingress': (ingress) => fill(ingress, { status: { loadBalancer: {} } }),
  'networking.k8s.io/v1/IngressClass': (kind) =>
    within(kind, 'spec', (spec) => within(spec, 'parameters', (p) => fill(p, isObject(p) ? { scope: 'Cluster' } : {}))),
  'discovery.k8s.io/v1/EndpointSlice': (slice) =>
    each(slice, 'ports', (port) => fill(port, { name: '', protocol: 'TCP' })),
};
