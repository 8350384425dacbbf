import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { type Requests, requestsTo } from './api-requests.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

let cluster: EmbeddedCluster;
let api: Requests;

beforeAll(async () => {
  cluster = await EmbeddedCluster.start({ tokens: { 'dev-token': { name: 'dev', groups: ['system:authenticated'] } } });
  api = await requestsTo(cluster);
});

afterAll(() => cluster.stop());

function configMap(name: string, data: Record<string, string> = {}): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function deployment(name: string, replicas = 1): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'example/web:1' }] },
      },
    },
  };
}

describe('who may ask', () => {
  it.each([
    ['without a token', null],
    ['with a wrong token', 'wrong'],
  ])('answers 401 %s', async (_what, token) => {
    const { code, body } = await api.get('/api/v1/namespaces', { token });
    expect(code).toBe(401);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  it('answers 403 to those who have no role', async () => {
    const { code, body } = await api.get('/api/v1/namespaces', { token: 'dev-token' });
    expect(code).toBe(403);
    expect(body.message).toBe(
      'namespaces is forbidden: User "dev" cannot list resource "namespaces" in API group "" at the cluster scope',
    );
    expect((await api.get('/apis', { token: 'dev-token' })).code).toBe(200);
  });

  it('reviews access and tokens of others', async () => {
    const resourceAttributes = { verb: 'get', resource: 'pods' };
    const review = await api.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'dev', resourceAttributes },
    });
    expect(review).toMatchObject({ code: 201, body: { status: { allowed: false } } });
    const token = await api.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'dev-token' },
    });
    expect(token.body.status).toEqual({
      authenticated: true,
      user: { username: 'dev', groups: ['system:authenticated'] },
    });
  });
});

describe('paths and methods', () => {
  it.each([
    ['GET', '/api/v1/unicorns', 404, 'the server could not find the requested resource'],
    ['GET', '/apis/none/v1/things', 404, 'the server could not find the requested resource'],
    ['GET', '/nothing', 404, 'the server could not find the requested resource'],
    ['GET', `${CONFIG_MAPS}/none`, 404, 'configmaps "none" not found'],
    ['GET', `${CONFIG_MAPS}/none/status`, 404, 'the server could not find the requested resource'],
    ['POST', `${CONFIG_MAPS}/name`, 405, 'the server does not allow this method on the requested resource'],
    ['DELETE', '/api/v1/namespaces', 405, 'the server does not allow this method on the requested resource'],
    ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 405, 'does not allow this method'],
  ])('%s %s is %d', async (method, path, code, message) => {
    const answer = await api.send(method, path);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  it('answers nobody who takes no JSON', async () => {
    expect((await api.get(CONFIG_MAPS, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).code).toBe(406);
  });

  it('answers HEAD without a body', async () => {
    expect(await api.send('HEAD', CONFIG_MAPS)).toMatchObject({ code: 200, text: '' });
  });
});

describe('writing', () => {
  it('creates, reads, replaces and deletes', async () => {
    const made = await api.post(CONFIG_MAPS, configMap('a', { x: '1' }));
    expect(made).toMatchObject({
      code: 201,
      body: { kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } },
    });
    expect(made.body.metadata?.['managedFields']).toMatchObject([
      { manager: 'spec', operation: 'Update', apiVersion: 'v1' },
    ]);
    expect((await api.post(CONFIG_MAPS, configMap('a'))).body.message).toBe('configmaps "a" already exists');
    const replaced = await api.put(`${CONFIG_MAPS}/a`, { ...made.body, data: { x: '2' } });
    expect(replaced).toMatchObject({ code: 200, body: { data: { x: '2' } } });
    expect((await api.put(`${CONFIG_MAPS}/a`, { ...made.body, data: { x: '3' } })).body.message).toContain(
      'the object has been modified',
    );
    const deleted = await api.delete(`${CONFIG_MAPS}/a`);
    expect(deleted.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: made.body.metadata?.['uid'] },
    });
    expect((await api.delete(`${CONFIG_MAPS}/a`)).code).toBe(404);
  });

  it.each([
    [
      'another namespace',
      CONFIG_MAPS,
      { ...configMap('a'), metadata: { name: 'a', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match',
    ],
    ['another kind', CONFIG_MAPS, { ...configMap('a'), kind: 'Secret' }, 400, 'cannot be handled as a ConfigMap'],
    [
      'another version',
      CONFIG_MAPS,
      { ...configMap('a'), apiVersion: 'v2' },
      400,
      'does not match the expected API version',
    ],
    [
      'no name',
      CONFIG_MAPS,
      { ...configMap('a'), metadata: {} },
      422,
      'metadata.name: Required value: name or generateName is required',
    ],
    [
      'a version',
      CONFIG_MAPS,
      { ...configMap('a'), metadata: { name: 'a', resourceVersion: '1' } },
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    ['an unknown dry run', `${CONFIG_MAPS}?dryRun=Some`, configMap('a'), 422, 'dryRun: Unsupported value'],
    [
      'a namespace that is not there',
      '/api/v1/namespaces/none/configmaps',
      configMap('a'),
      404,
      'namespaces "none" not found',
    ],
  ])('refuses a body with %s', async (_what, path, body, code, message) => {
    const answer = await api.post(path, body);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  it('refuses what is no JSON, too much, or of another type', async () => {
    expect((await api.post(CONFIG_MAPS, Buffer.from('{'))).body.message).toContain('json parse error');
    expect((await api.post(CONFIG_MAPS, Buffer.alloc(4 * 1024 * 1024, 0x20))).code).toBe(413);
    expect((await api.post(CONFIG_MAPS, Buffer.from('x'), { contentType: 'text/plain' })).code).toBe(415);
  });

  it('fills in kind and version of a body that lacks them', async () => {
    expect((await api.post(CONFIG_MAPS, { metadata: { name: 'bare' } })).body).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
    });
  });

  it.each([
    ['Strict', 400, undefined],
    ['Warn', 201, '299 - "unknown field \\"spec.replicaz\\""'],
    ['Ignore', 201, undefined],
  ])('with fieldValidation=%s answers an unknown field with %d', async (validation, code, warning) => {
    const body = deployment(`unknown-${validation.toLowerCase()}`, 0);
    const answer = await api.post(`${DEPLOYMENTS}?fieldValidation=${validation}`, {
      ...body,
      spec: { ...(body['spec'] as object), replicaz: 1 },
    });
    expect(answer.code).toBe(code);
    expect(answer.headers['warning']).toBe(warning);
  });

  it('stores nothing in a dry run', async () => {
    expect((await api.post(`${CONFIG_MAPS}?dryRun=All`, configMap('dry'))).code).toBe(201);
    expect((await api.get(`${CONFIG_MAPS}/dry`)).code).toBe(404);
  });

  it('leaves the status to its own path', async () => {
    await api.post(DEPLOYMENTS, deployment('parts', 0));
    const { body } = await api.get(`${DEPLOYMENTS}/parts`);
    const status = { replicas: 77 };
    expect((await api.put(`${DEPLOYMENTS}/parts`, { ...body, status })).body.status).not.toEqual(status);
    const latest = (await api.get(`${DEPLOYMENTS}/parts`)).body;
    const written = await api.put(`${DEPLOYMENTS}/parts/status`, {
      ...latest,
      spec: { ...latest.spec, replicas: 9 },
      status,
    });
    expect(written.body).toMatchObject({ spec: { replicas: 0 }, status: { replicas: 77 } });
  });

  it('applies on the server, and then leaves what is the same', async () => {
    expect((await api.apply(`${CONFIG_MAPS}/ssa`, configMap('ssa', { x: '1' }), '')).body.message).toContain(
      'fieldManager: Required value',
    );
    const made = await api.apply(`${CONFIG_MAPS}/ssa`, configMap('ssa', { x: '1' }));
    expect(made.code).toBe(201);
    const again = await api.apply(`${CONFIG_MAPS}/ssa`, configMap('ssa', { x: '1' }));
    expect(again.code).toBe(200);
    expect(again.body.metadata?.resourceVersion).toBe(made.body.metadata?.resourceVersion);
    expect((await api.apply(`${CONFIG_MAPS}/ssa`, configMap('ssa', {}))).body).not.toHaveProperty(['data', 'x']);
    expect((await api.patch(`${CONFIG_MAPS}/ssa?force=true`, {})).body.message).toContain('force: Forbidden');
    expect((await api.patch(`${CONFIG_MAPS}/ssa`, {}, 'text/plain')).code).toBe(415);
  });
});
