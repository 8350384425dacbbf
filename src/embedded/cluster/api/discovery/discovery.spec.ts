import type { Answer } from '../http/answer.js';
import { Discovery } from './discovery.js';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

interface Document {
  [member: string]: unknown;
  groups?: { name: string; versions: unknown[] }[];
  items?: { metadata: { name?: string }; versions: { version: string; resources: { resource: string }[] }[] }[];
  paths?: Record<string, { serverRelativeURL: string }>;
  resources?: { name: string; kind: string; group?: string; verbs: string[] }[];
}

describe('Discovery', () => {
  const discovery = new Discovery('127.0.0.1:1');

  function answer(
    path: string,
    options: { accept?: string; ifNoneMatch?: string } = {},
  ): Extract<Answer, { body: Buffer }> {
    const url = new URL(path, 'http://x');
    const { accept, ifNoneMatch } = options;
    const found = discovery.answer({ path: url.pathname, query: url.searchParams, accept, ifNoneMatch });
    if (found === undefined || 'stream' in found) throw new Error('no document');
    return found;
  }

  function json(path: string, options: { accept?: string } = {}): Document {
    return JSON.parse(answer(path, options).body.toString()) as Document;
  }

  it('says in its version that it is simulated', () => {
    expect(json('/version')).toMatchObject({ major: '1', minor: '34', platform: 'embedded/simulated' });
    expect(json('/version')['gitVersion']).toContain('simulated');
  });

  it.each(['/healthz', '/livez', '/readyz', '/readyz/ping'])('is well at %s', (path) => {
    expect(answer(path).body.toString()).toBe('ok');
  });

  it('lists versions and groups plainly', () => {
    expect(json('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = json('/apis').groups ?? [];
    expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(['apps', 'batch', 'metrics.k8s.io']));
    expect(groups.find(({ name }) => name === 'autoscaling')).toMatchObject({ preferredVersion: { version: 'v2' } });
    expect(json('/apis/apps')).toMatchObject({ kind: 'APIGroup', name: 'apps' });
  });

  it('lists the resources of a group version with their subresources', () => {
    const rows = json('/apis/apps/v1').resources ?? [];
    expect(rows.find(({ name }) => name === 'deployments')).toMatchObject({
      kind: 'Deployment',
      namespaced: true,
      shortNames: ['deploy'],
    });
    expect(rows.find(({ name }) => name === 'deployments/scale')).toMatchObject({
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
    });
    const namespaces = json('/api/v1').resources?.find(({ name }) => name === 'namespaces');
    expect(namespaces?.verbs).not.toContain('deletecollection');
  });

  it('aggregates the core group and the others apart', () => {
    const [core] = json('/api', { accept: AGGREGATED }).items ?? [];
    expect(core?.metadata.name).toBeUndefined();
    expect(core?.versions[0]?.resources.map(({ resource }) => resource)).toContain('pods');
    const named = json('/apis', { accept: AGGREGATED }).items ?? [];
    expect(named.map(({ metadata }) => metadata.name)).not.toContain(undefined);
    expect(
      named.find(({ metadata }) => metadata.name === 'autoscaling')?.versions.map(({ version }) => version),
    ).toEqual(['v2', 'v1']);
  });

  it('answers 304 to those who have it', () => {
    const first = answer('/apis', { accept: AGGREGATED });
    expect(first.contentType).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const again = answer('/apis', { accept: AGGREGATED, ifNoneMatch: first.headers?.['ETag'] ?? '' });
    expect(again.code).toBe(304);
    expect(again.body.length).toBe(0);
  });

  it('has a small OpenAPI document for each group version, named by its hash', () => {
    const paths = json('/openapi/v3').paths ?? {};
    const url = paths['apis/apps/v1']?.serverRelativeURL ?? '';
    expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
    const document = answer(url);
    expect(document.headers?.['Cache-Control']).toBe('public, immutable');
    expect(document.body.length).toBeLessThan(10_000);
    const all = Object.values(paths).reduce(
      (size, { serverRelativeURL }) => size + answer(serverRelativeURL).body.length,
      0,
    );
    expect(all).toBeLessThan(40_000);
  });

  it('says of each kind that it can be patched with fieldValidation, which is all that helm and kubectl look for', () => {
    const document = json('/openapi/v3/apis/apps/v1');
    expect(document.paths).toHaveProperty(
      ['/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch'],
      expect.objectContaining({
        'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
        parameters: [expect.objectContaining({ name: 'fieldValidation', in: 'query' })],
      }),
    );
  });

  it('leaves resources to others and refuses everything else', () => {
    const about = { query: new URLSearchParams(), accept: undefined, ifNoneMatch: undefined };
    expect(discovery.answer({ path: '/api/v1/pods', ...about })).toBeUndefined();
    expect(() => discovery.answer({ path: '/openapi/v2', ...about })).toThrow(
      'the server could not find the requested resource',
    );
    expect(() => discovery.answer({ path: '/openapi/v3/apis/none/v1', ...about })).toThrow('could not find');
  });
});
