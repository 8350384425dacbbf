import { gzipSync } from 'node:zlib';

import type { KubernetesObject } from './kubernetes-object.js';
import { asFailed, decodeRelease, digestOf, isPending, releaseMetadata } from './release-record.js';

const record = {
  name: 'main',
  info: {
    first_deployed: '2026-11-20T10:00:00.123456789Z',
    last_deployed: '2026-11-20T11:00:00.123456789Z',
    description: 'Initial install underway',
    status: 'pending-install',
  },
  chart: { metadata: { name: 'web', version: '1.2.3', appVersion: '4.5' }, templates: [{ name: 'x', data: 'eA==' }] },
  config: { replicas: 2, password: 'hunter2' },
  manifest: '---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n',
  hooks: [
    {
      name: 'main-migrate',
      kind: 'Job',
      path: 'web/templates/hook.yaml',
      manifest: 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: main-migrate\n',
      events: ['pre-install', 'pre-upgrade'],
      last_run: { phase: 'Succeeded' },
    },
  ],
  version: 1,
  namespace: 't-acme-main',
  apply_method: 'ssa',
};

function secretOf(content: unknown, compress = true): KubernetesObject {
  const bytes = Buffer.from(JSON.stringify(content));
  const packed = (compress ? gzipSync(bytes) : bytes).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: 'sh.helm.release.v1.main.v1',
      namespace: 't-acme-main',
      resourceVersion: '42',
      creationTimestamp: '2026-11-20T10:00:00Z',
      labels: {
        name: 'main',
        owner: 'helm',
        status: 'pending-install',
        version: '1',
        modifiedAt: '1795172400',
        'tenantry.io/instance': 'i1',
      },
    },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}

describe('the metadata of a release', () => {
  test('is read from the labels alone', () => {
    const { data: _, ...withoutBody } = secretOf(record);
    expect(
      releaseMetadata({ ...withoutBody, apiVersion: 'v1', kind: 'Secret', metadata: secretOf(record).metadata }),
    ).toEqual({
      name: 'main',
      namespace: 't-acme-main',
      revision: 1,
      status: 'pending-install',
      secretName: 'sh.helm.release.v1.main.v1',
      resourceVersion: '42',
      labels: expect.objectContaining({ 'tenantry.io/instance': 'i1' }),
      createdAt: new Date('2026-11-20T10:00:00Z'),
      modifiedAt: new Date(1_795_172_400_000),
    });
  });

  test.each([
    ['somebody else’s secret', { owner: 'me', name: 'main', version: '1' }],
    ['no version', { owner: 'helm', name: 'main' }],
    ['no labels', undefined],
  ])('is undefined for %s', (_what, labels) => {
    expect(
      releaseMetadata({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', ...(labels ? { labels } : {}) } }),
    ).toBeUndefined();
  });

  test('a status nobody knows is unknown', () => {
    const secret = secretOf(record);
    secret.metadata.labels = { ...secret.metadata.labels, status: 'levitating' };
    expect(releaseMetadata(secret)?.status).toBe('unknown');
  });
});

describe('a record', () => {
  test('is decoded without its values', () => {
    const decoded = decodeRelease(secretOf(record));
    expect(decoded).toMatchObject({
      name: 'main',
      namespace: 't-acme-main',
      revision: 1,
      status: 'pending-install',
      description: 'Initial install underway',
      chart: { name: 'web', version: '1.2.3', appVersion: '4.5' },
      configDigest: digestOf(record.config),
      updatedAt: new Date('2026-11-20T11:00:00.123Z'),
    });
    expect(decoded.manifest.map((object) => object.kind)).toEqual(['ConfigMap']);
    expect(decoded.hooks).toEqual([
      {
        name: 'main-migrate',
        kind: 'Job',
        events: ['pre-install', 'pre-upgrade'],
        phase: 'Succeeded',
        object: expect.objectContaining({ kind: 'Job' }),
      },
    ]);
    expect(JSON.stringify(decoded)).not.toContain('hunter2');
  });

  test('is decoded when it is not compressed, as very old helms wrote it', () => {
    expect(decodeRelease(secretOf(record, false)).name).toBe('main');
  });

  test.each([
    ['no data', undefined],
    ['no base64 of anything', 'AAAA'],
    ['JSON that is no object', Buffer.from(gzipSync('[1]').toString('base64')).toString('base64')],
  ])('with %s is refused without quoting it', (_what, release) => {
    const secret = { ...secretOf(record), data: release === undefined ? {} : { release } };
    expect(() => decodeRelease(secret)).toThrow(/^secret sh.helm.release.v1.main.v1 holds no/);
  });
});

describe('a record marked failed', () => {
  const failed = asFailed(secretOf(record), 'helm died');

  test('says so in the record and in the label, and keeps everything else', () => {
    const decoded = decodeRelease(failed);
    expect(decoded.status).toBe('failed');
    expect(decoded.description).toBe('helm died');
    expect(failed.metadata.labels).toMatchObject({ status: 'failed', 'tenantry.io/instance': 'i1', version: '1' });
    const { status: _s, description: _d, labels: _l, ...rest } = decoded;
    const before = decodeRelease(secretOf(record));
    expect(before).toMatchObject(rest);
  });

  test('is guarded by the resource version that was read', () => {
    expect(failed.metadata.resourceVersion).toBe('42');
  });
});

test('the digest does not depend on the order of keys, and does on everything else', () => {
  expect(digestOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestOf({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(digestOf({ a: 1, gone: undefined })).toBe(digestOf({ a: 1 }));
  expect(digestOf({ a: [1, 2] })).not.toBe(digestOf({ a: [2, 1] }));
  expect(digestOf({ a: '1' })).not.toBe(digestOf({ a: 1 }));
});

test('pending is what a helm that died leaves, uninstalling is not', () => {
  expect((['pending-install', 'pending-upgrade', 'pending-rollback'] as const).every(isPending)).toBe(true);
  expect((['uninstalling', 'deployed', 'failed', 'superseded'] as const).some(isPending)).toBe(false);
});
