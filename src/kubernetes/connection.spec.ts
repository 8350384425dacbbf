import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectionOf, type Credentials } from './connection.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function kubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://example.com:6443/base', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

async function credentialsOf(user: object, cluster: object = {}): Promise<Credentials> {
  return (await connectionOf(await kubeconfig(user, cluster))).credentials();
}

const data = (text: string): string => Buffer.from(text).toString('base64');

describe('credentials', () => {
  test('of a token', async () => {
    expect(await credentialsOf({ token: 'abc' })).toEqual({ headers: { Authorization: 'Bearer abc' } });
  });

  test('of a token’s file, beside the kubeconfig, before a token', async () => {
    await writeFile(join(directory, 'token'), 'from-file\n');
    expect((await credentialsOf({ token: 'abc', tokenFile: 'token' })).headers).toEqual({
      Authorization: 'Bearer from-file',
    });
  });

  test('of certificates, inline before files', async () => {
    await writeFile(join(directory, 'ca.crt'), 'CA');
    await writeFile(join(directory, 'me.key'), 'never read');
    const found = await credentialsOf(
      { 'client-certificate-data': data('CERT'), 'client-key-data': data('KEY'), 'client-key': 'me.key' },
      { 'certificate-authority': 'ca.crt', 'tls-server-name': 'other.example.com' },
    );
    expect(found).toMatchObject({ headers: {}, servername: 'other.example.com' });
    expect([found.ca, found.cert, found.key].map(String)).toEqual(['CA', 'CERT', 'KEY']);
  });

  test('without verification only where the kubeconfig says so', async () => {
    expect((await credentialsOf({}, { 'insecure-skip-tls-verify': true })).rejectUnauthorized).toBe(false);
    expect(await credentialsOf({})).not.toHaveProperty('rejectUnauthorized');
  });

  test('of nobody are none', async () => {
    expect(await credentialsOf({})).toEqual({ headers: {} });
  });
});

describe('credentials that a library knows', () => {
  test('of a password', async () => {
    expect(await credentialsOf({ username: 'me', password: 'secret' })).toMatchObject({ auth: 'me:secret' });
  });

  test('of a plugin', async () => {
    const plugin = join(directory, 'plugin');
    const answer = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'plugged' },
    };
    await writeFile(plugin, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    await chmod(plugin, 0o755);
    const exec = { apiVersion: answer.apiVersion, command: plugin, interactiveMode: 'Never' };
    expect((await credentialsOf({ exec })).headers['Authorization']).toBe('Bearer plugged');
  });

  test('with a token’s file, for somebody else, over plain http', async () => {
    await writeFile(join(directory, 'token'), 'from-file');
    const found = await credentialsOf({ tokenFile: 'token', as: 'somebody' }, { server: 'http://127.0.0.1:1' });
    expect(found.headers).toMatchObject({ Authorization: 'Bearer from-file', 'Impersonate-User': 'somebody' });
  });

  test('go through a proxy that is named', async () => {
    const connection = await connectionOf(await kubeconfig({ token: 'abc' }, { 'proxy-url': 'http://127.0.0.1:2' }));
    expect(connection.proxied).toBe(true);
    expect((await connection.credentials()).agent).toBeDefined();
  });
});

test('the server keeps its own path', async () => {
  expect((await connectionOf(await kubeconfig({}))).server.href).toBe('https://example.com:6443/base');
});

test.each([
  ['no such context', '{"current-context": "nowhere"}'],
  ['an empty file', ''],
])('%s is told', async (_what, text) => {
  const path = join(directory, 'kubeconfig');
  await writeFile(path, text);
  await expect(connectionOf(path)).rejects.toThrow('names no current cluster');
});

test('a certificate that is not there is told', async () => {
  await expect(credentialsOf({}, { 'certificate-authority': 'nowhere.crt' })).rejects.toThrow('ENOENT');
});
