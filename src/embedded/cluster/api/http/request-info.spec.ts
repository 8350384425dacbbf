import { parseResourcePath } from './request-info.js';

function parsed(path: string) {
  const found = parseResourcePath(path);
  if (found === undefined) return undefined;
  const { served, namespace, name, subresource } = found;
  return [served.type.group, served.type.version, served.type.resource, namespace, name, subresource];
}

describe('parseResourcePath', () => {
  it.each([
    ['/api/v1/namespaces', ['', 'v1', 'namespaces', undefined, undefined, undefined]],
    ['/api/v1/namespaces/a', ['', 'v1', 'namespaces', undefined, 'a', undefined]],
    ['/api/v1/namespaces/a/status', ['', 'v1', 'namespaces', undefined, 'a', 'status']],
    ['/api/v1/namespaces/a/finalize', ['', 'v1', 'namespaces', undefined, 'a', 'finalize']],
    ['/api/v1/namespaces/a/pods', ['', 'v1', 'pods', 'a', undefined, undefined]],
    ['/api/v1/namespaces/a/pods/', ['', 'v1', 'pods', 'a', undefined, undefined]],
    ['/api/v1/namespaces/a/pods/p/log', ['', 'v1', 'pods', 'a', 'p', 'log']],
    ['/api/v1/pods', ['', 'v1', 'pods', undefined, undefined, undefined]],
    ['/api/v1/nodes/n', ['', 'v1', 'nodes', undefined, 'n', undefined]],
    ['/apis/apps/v1/namespaces/a/deployments/web/scale', ['apps', 'v1', 'deployments', 'a', 'web', 'scale']],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/x%3Ay',
      ['rbac.authorization.k8s.io', 'v1', 'clusterroles', undefined, 'x:y', undefined],
    ],
    ['/apis/metrics.k8s.io/v1beta1/nodes', ['metrics.k8s.io', 'v1beta1', 'nodes', undefined, undefined, undefined]],
    [
      '/apis/autoscaling/v1/horizontalpodautoscalers',
      ['autoscaling', 'v1', 'horizontalpodautoscalers', undefined, undefined, undefined],
    ],
  ])('%s', (path, expected) => {
    expect(parsed(path)).toEqual(expected);
  });

  it.each([
    ['an unknown type', '/api/v1/namespaces/a/unicorns'],
    ['an unknown group', '/apis/example.com/v1/widgets'],
    ['an unknown version', '/apis/apps/v1beta1/deployments'],
    ['a cluster-wide type in a namespace', '/api/v1/namespaces/a/nodes'],
    ['a name without the namespace it needs', '/api/v1/pods/p'],
    ['too many segments', '/api/v1/namespaces/a/pods/p/log/more'],
    ['nothing but a group version', '/api/v1'],
  ])('serves nothing at %s', (_what, path) => {
    expect(parsed(path)).toBeUndefined();
  });
});
