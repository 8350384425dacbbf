import { draft, podDraft } from '../../store/testing/draft.js';
import { QuotaStatus } from './quota-status.js';
import { app, cluster, quota, service } from './testing/admitted-store.js';

describe('resource quotas', () => {
  it.each([
    ['pods', { pods: '1' }, {}, 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
    [
      'requests',
      { 'requests.cpu': '1' },
      { requests: { cpu: '600m' } },
      'exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    ],
    [
      'limits of memory',
      { 'limits.memory': '1Gi' },
      { limits: { memory: '600Mi' } },
      'exceeded quota: q, requested: limits.memory=600Mi, used: limits.memory=600Mi, limited: limits.memory=1Gi',
    ],
    [
      'counted objects',
      { 'count/pods': '1' },
      {},
      'exceeded quota: q, requested: count/pods=1, used: count/pods=1, limited: count/pods=1',
    ],
  ])('refuse the second of %s', (_what, hard, resources, why) => {
    const { store } = cluster();
    store.create('/resourcequotas', quota(hard));
    store.create('/pods', podDraft('a', app(resources)));
    expect(() => store.create('/pods', podDraft('b', app(resources)))).toThrow(
      expect.objectContaining({ code: 403, message: `pods "b" is forbidden: ${why}` }),
    );
  });

  it('want containers to say what is limited', () => {
    const { store } = cluster();
    store.create('/resourcequotas', quota({ 'limits.cpu': '1', 'requests.memory': '1Gi' }));
    expect(() => store.create('/pods', podDraft('p'))).toThrow(
      'failed quota: q: must specify limits.cpu for: app; requests.memory for: app',
    );
  });

  it('count objects of other types', () => {
    const { store } = cluster();
    store.create('/resourcequotas', quota({ services: '1', 'count/deployments.apps': '0' }));
    store.create('/services', service('a', {}));
    expect(() => store.create('/services', service('b', {}))).toThrow(
      'exceeded quota: q, requested: services=1, used: services=1, limited: services=1',
    );
    const template = { metadata: { labels: { a: 'b' } }, spec: app() };
    const deployment = draft(
      'apps/v1',
      'Deployment',
      { name: 'd' },
      { spec: { selector: { matchLabels: { a: 'b' } }, template } },
    );
    expect(() => store.create('apps/deployments', deployment)).toThrow(
      'exceeded quota: q, requested: count/deployments.apps=1',
    );
  });

  it('do not count pods that have ended', () => {
    const { store } = cluster();
    store.create('/resourcequotas', quota({ pods: '1' }));
    store.create('/pods', podDraft('a'));
    store.updateStatus('/pods', 'ns', 'a', (pod) => ({ ...pod, status: { phase: 'Succeeded' } }));
    expect(() => store.create('/pods', podDraft('b'))).not.toThrow();
  });

  it('concern only their scopes', () => {
    const { store } = cluster();
    store.create('/resourcequotas', quota({ pods: '0' }, { scopes: ['NotBestEffort'] }));
    expect(() => store.create('/pods', podDraft('a'))).not.toThrow();
    expect(() => store.create('/pods', podDraft('b', app({ requests: { cpu: '1' } })))).toThrow('exceeded quota: q');
  });

  it('show in their status what is used', async () => {
    const { store } = cluster();
    const status = new QuotaStatus(store);
    store.create('/resourcequotas', quota({ pods: '3', 'requests.cpu': '2' }));
    store.create('/pods', podDraft('a', app({ requests: { cpu: '500m' } })));
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(store.get('/resourcequotas', 'ns', 'q')?.['status']).toEqual({
      hard: { pods: '3', 'requests.cpu': '2' },
      used: { pods: '1', 'requests.cpu': '500m' },
    });
    status.stop();
  });
});
