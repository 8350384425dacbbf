import { draft, podDraft } from '../../store/testing/draft.js';
import { addUsage, inScopes, keyCountedBy, usageOf } from './quota-usage.js';

describe('usageOf', () => {
  it('sums the containers of a pod', () => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1' } } },
      { name: 'b', resources: { requests: { cpu: '150m' } } },
    ];
    expect(usageOf('/pods', podDraft('p', { containers }))).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '250m',
      'requests.cpu': '250m',
      memory: '64Mi',
      'requests.memory': '64Mi',
      'limits.cpu': '1',
    });
  });

  it.each([
    [
      '/services',
      draft('v1', 'Service', { name: 's' }, { spec: { type: 'LoadBalancer', ports: [{}, {}] } }),
      { services: '1', 'services.loadbalancers': '1', 'services.nodeports': '2' },
    ],
    [
      '/services',
      draft('v1', 'Service', { name: 's' }, { spec: { type: 'ClusterIP', ports: [{}] } }),
      { services: '1' },
    ],
    [
      '/persistentvolumeclaims',
      draft(
        'v1',
        'PersistentVolumeClaim',
        { name: 'c' },
        { spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } } },
      ),
      {
        persistentvolumeclaims: '1',
        'requests.storage': '1Gi',
        'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
      },
    ],
    ['/configmaps', draft('v1', 'ConfigMap', { name: 'c' }), { configmaps: '1' }],
    ['apps/deployments', draft('apps/v1', 'Deployment', { name: 'd' }), { 'count/deployments.apps': '1' }],
  ])('of %s', (key, object, expected) => {
    expect(usageOf(key, object)).toMatchObject(expected);
  });
});

describe('keyCountedBy', () => {
  it.each([
    ['pods', '/pods'],
    ['cpu', '/pods'],
    ['limits.memory', '/pods'],
    ['requests.ephemeral-storage', '/pods'],
    ['requests.storage', '/persistentvolumeclaims'],
    ['fast.storageclass.storage.k8s.io/requests.storage', '/persistentvolumeclaims'],
    ['services.nodeports', '/services'],
    ['secrets', '/secrets'],
    ['count/jobs.batch', 'batch/jobs'],
    ['count/ingresses.networking.k8s.io', 'networking.k8s.io/ingresses'],
    ['count/pods', '/pods'],
    ['nvidia.com/gpu', undefined],
  ])('%s counts %s', (name, key) => {
    expect(keyCountedBy(name)).toBe(key);
  });
});

describe('inScopes', () => {
  const quota = (...scopes: string[]) => draft('v1', 'ResourceQuota', { name: 'q' }, { spec: { scopes } });
  const plain = podDraft('p');
  const ending = podDraft('p', {
    containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }],
    activeDeadlineSeconds: 5,
  });

  it.each([
    ['no scope', quota(), plain, true],
    ['BestEffort', quota('BestEffort'), plain, true],
    ['BestEffort', quota('BestEffort'), ending, false],
    ['NotBestEffort', quota('NotBestEffort'), ending, true],
    ['Terminating', quota('Terminating'), ending, true],
    ['Terminating', quota('Terminating'), plain, false],
    ['NotTerminating', quota('NotTerminating'), plain, true],
    ['both', quota('Terminating', 'BestEffort'), ending, false],
  ])('%s: %#', (_what, scoped, pod, expected) => {
    expect(inScopes(scoped, '/pods', pod)).toBe(expected);
  });

  it('of a quota for pods concerns nothing else', () => {
    expect(inScopes(quota('BestEffort'), '/services', draft('v1', 'Service', { name: 's' }))).toBe(false);
  });
});

describe('addUsage', () => {
  it('adds what is asked for, in the format of what is there', () => {
    const total = { 'requests.memory': '64Mi' };
    addUsage(total, { 'requests.memory': '64Mi', pods: '1', cpu: '1' }, ['requests.memory', 'pods']);
    expect(total).toEqual({ 'requests.memory': '128Mi', pods: '1' });
  });
});
