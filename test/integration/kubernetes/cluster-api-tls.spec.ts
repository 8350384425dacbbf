import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { ClusterApi } from '../../../src/kubernetes/cluster-api.client.js';
import { temporaryDirectory } from './real-programs.js';

// Made for this test alone, and trusted by nothing: whoever has the key can speak to this suite on loopback.
const CERTIFICATE = join(import.meta.dirname, 'tls', 'certificate.pem');
const KEY = join(import.meta.dirname, 'tls', 'key.pem');

let server: https.Server;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let api: ClusterApi;
let connections: number;
const own = { 'client-certificate': CERTIFICATE, 'client-key': KEY };

beforeEach(async () => {
  directory = await temporaryDirectory();
  const cert = await readFile(CERTIFICATE);
  server = https.createServer({
    cert,
    key: await readFile(KEY),
    ca: cert,
    requestCert: true,
    rejectUnauthorized: false,
  });
  connections = 0;
  server.on('secureConnection', () => (connections += 1));
  server.on('request', ({ socket }: { socket: TLSSocket }, response) => {
    response.end(JSON.stringify({ peer: socket.authorized ? socket.getPeerCertificate().subject.CN : null }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  api = new ClusterApi(() => join(directory.path, 'kubeconfig'));
});

afterEach(async () => {
  api.close();
  server.closeAllConnections();
  server.close();
  await directory.remove();
});

async function kubeconfig(cluster: object, user: object = {}): Promise<void> {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster: { server: `https://127.0.0.1:${port}`, ...cluster } }],
    users: [{ name: 'x', user }],
  };
  await writeFile(join(directory.path, 'kubeconfig'), JSON.stringify(config));
}

const ask = (): Promise<unknown> => api.json({ method: 'GET', path: '/version' });

test('a server is trusted by the kubeconfig’s authority, over one kept connection', async () => {
  await kubeconfig({ 'certificate-authority': CERTIFICATE });
  for (let round = 0; round < 5; round += 1) expect(await ask()).toEqual({ peer: null });
  expect(connections).toBe(1);
});

test('a client’s certificate is shown', async () => {
  await kubeconfig({ 'certificate-authority': CERTIFICATE }, own);
  expect(await ask()).toEqual({ peer: 'tenantry-test' });
});

test('a server that nobody vouches for is not spoken to', async () => {
  await kubeconfig({}, own);
  await expect(ask()).rejects.toMatchObject({ code: 'cluster_unreachable' });
});

test('a server of another name is not spoken to, unless that name is the one expected', async () => {
  await kubeconfig({ 'certificate-authority': CERTIFICATE, 'tls-server-name': 'other.example.com' });
  await expect(ask()).rejects.toMatchObject({ code: 'cluster_unreachable' });
  await kubeconfig({ 'certificate-authority': CERTIFICATE, 'tls-server-name': 'localhost' });
  api.reconnect();
  expect(await ask()).toEqual({ peer: null });
});

test('verification can be turned off by the kubeconfig alone', async () => {
  await kubeconfig({ 'insecure-skip-tls-verify': true });
  expect(await ask()).toEqual({ peer: null });
});

test('a password goes through the library to the same server', async () => {
  await kubeconfig({ 'certificate-authority': CERTIFICATE }, { username: 'me', password: 'secret' });
  expect(await ask()).toEqual({ peer: null });
});
