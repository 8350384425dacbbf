import { draft, podDraft } from '../../store/testing/draft.js';
import { app, cluster, limitRange } from './testing/admitted-store.js';

describe('limit ranges', () => {
  it('fill in what containers do not say', () => {
    const { store } = cluster();
    store.create(
      '/limitranges',
      limitRange({ type: 'Container', default: { cpu: '500m', memory: '256Mi' }, defaultRequest: { cpu: '100m' } }),
    );
    const pod = store.create('/pods', podDraft('p', app({ limits: { memory: '1Gi' } })));
    expect(pod).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m' } } }] },
    });
  });

  it.each([
    [
      'a limit above the maximum',
      { type: 'Container', max: { cpu: '1' } },
      { limits: { cpu: '2' } },
      'maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      'a request below the minimum',
      { type: 'Container', min: { memory: '64Mi' } },
      { requests: { memory: '32Mi' } },
      'minimum memory usage per Container is 64Mi, but request is 32Mi',
    ],
    [
      'no request where a pod must have one',
      { type: 'Pod', min: { cpu: '1' } },
      {},
      'minimum cpu usage per Pod is 1.  No request is specified',
    ],
    [
      'no limit where a pod must have one',
      { type: 'Pod', max: { cpu: '1' } },
      {},
      'maximum cpu usage per Pod is 1.  No limit is specified',
    ],
    [
      'a limit far above the request',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      { limits: { cpu: '3' }, requests: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
  ])('refuse %s', (_what, limit, resources, why) => {
    const { store } = cluster();
    store.create('/limitranges', limitRange(limit));
    expect(() => store.create('/pods', podDraft('p', app(resources)))).toThrow(`pods "p" is forbidden: ${why}`);
  });

  it('name several faults in brackets', () => {
    const { store } = cluster();
    store.create('/limitranges', limitRange({ type: 'Container', max: { cpu: '1', memory: '1Gi' } }));
    expect(() => store.create('/pods', podDraft('p', app({ limits: { cpu: '2', memory: '2Gi' } })))).toThrow(
      'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    );
  });

  it('limit claims', () => {
    const { store } = cluster();
    store.create('/limitranges', limitRange({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }));
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } };
    expect(() =>
      store.create('/persistentvolumeclaims', draft('v1', 'PersistentVolumeClaim', { name: 'c' }, { spec })),
    ).toThrow('maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi');
  });
});
