import { isObject, type JsonObject } from '../json.js';
import { all, type Default, deep, each, fill, within } from './fill.js';
import { volume } from './volumes.js';

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

const httpGet: Default = (object) => within(object, 'httpGet', (get) => fill(get, { path: '/', scheme: 'HTTP' }));
const grpc: Default = (object) => within(object, 'grpc', (call) => fill(call, { service: '' }));
const probe: Default = (object) => grpc(httpGet(fill(object, PROBE)));

const handlers = all(
  (container) => within(container, 'livenessProbe', probe),
  (container) => within(container, 'readinessProbe', probe),
  (container) => within(container, 'startupProbe', probe),
  deep(['lifecycle', 'postStart'], httpGet),
  deep(['lifecycle', 'preStop'], httpGet),
);

const source: Default = (from) =>
  within(
    within(from, 'fieldRef', (reference) => fill(reference, { apiVersion: 'v1' })),
    'resourceFieldRef',
    (reference) => fill(reference, { divisor: '0' }),
  );

const variables: Default = (container) => each(container, 'env', deep(['valueFrom'], source));
const ports: Default = (container) => each(container, 'ports', (port) => fill(port, { protocol: 'TCP' }));

const container: Default = (object) => {
  const filled = fill(object, {
    imagePullPolicy: pullPolicy(object['image']),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  return handlers(variables(ports(filled)));
};

/** What is tagged `latest`, or not tagged at all, is pulled each time. */
function pullPolicy(image: unknown): string {
  if (typeof image !== 'string') return 'Always';
  const [name = '', digest] = image.slice(image.lastIndexOf('/') + 1).split('@');
  const [, tag = digest === undefined ? 'latest' : ''] = name.split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** The two names of one field are kept alike; the newer one wins. */
function serviceAccount(spec: JsonObject): JsonObject {
  const { serviceAccountName, serviceAccount: old } = spec;
  const name = serviceAccountName ?? old;
  if (name === undefined || (name === serviceAccountName && name === old)) return spec;
  return { ...spec, serviceAccountName: name, serviceAccount: name };
}

/** The defaults of every pod spec, whether of a pod or in a template. */
const podSpec: Default = (spec) => {
  const filled = fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  const contained = ['containers', 'initContainers', 'ephemeralContainers'].reduce(
    (current, list) => each(current, list, container),
    serviceAccount(filled),
  );
  return each(contained, 'volumes', volume);
};

/** The defaults of a template's pod spec. */
export const podTemplate: Default = deep(['template', 'spec'], podSpec);

const requests: Default = (object) =>
  within(object, 'resources', (resources) => {
    const { limits, requests: requested } = resources;
    if (!isObject(limits)) return resources;
    const filled = fill(isObject(requested) ? requested : {}, limits);
    return filled === requested ? resources : { ...resources, requests: filled };
  });

const hostPorts: Default = (object) =>
  each(object, 'ports', (port) =>
    fill(port, port['containerPort'] === undefined ? {} : { hostPort: port['containerPort'] }),
  );

/** The defaults of a pod itself: a template does not get these. */
export const pod: Default = deep(['spec'], (spec) => {
  const whole = fill(podSpec(spec), { enableServiceLinks: true });
  const complete = whole['hostNetwork'] === true ? all(requests, hostPorts) : requests;
  return each(each(whole, 'containers', complete), 'initContainers', complete);
});
