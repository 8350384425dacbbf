import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';

import { parse } from 'yaml';

import { listAt, recordAt, textAt, valueAt } from './json-value.js';

/** The server's base URL and, for each request, what signs it: headers, certificates, a proxy's agent where one is named. */
export interface Connection {
  readonly server: URL;
  readonly proxied: boolean;
  credentials(): Promise<Credentials>;
}

export type Credentials = Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders };

/** Files are read again after this long, as other clients do, so that rotated tokens and certificates are taken up. */
const KEPT_MS = 60_000;

/**
 * The connection of a kubeconfig file's current context.
 * Tokens and certificates are read here; credential plugins, providers, passwords, impersonation and proxies are left to
 * client-node, which is only loaded for them: it costs 90 MB of memory and most of a second.
 * @throws Error when the kubeconfig names no cluster, or a file of its cannot be read
 */
export async function connectionOf(kubeconfigPath: string): Promise<Connection> {
  const config: unknown = parse(readFileSync(kubeconfigPath, 'utf8'));
  const context = recordAt(named(config, 'contexts', textAt(config, 'current-context')), 'context');
  const cluster = recordAt(named(config, 'clusters', textAt(context, 'cluster')), 'cluster');
  const user = recordAt(named(config, 'users', textAt(context, 'user')), 'user');
  const server = URL.parse(textAt(cluster, 'server') ?? '');
  if (server === null) throw new Error('The kubeconfig names no current cluster.');
  if (!isPlain(cluster, user)) return pluggedConnection(kubeconfigPath, server, user);

  let kept: { at: number; credentials: Credentials } | undefined;
  return {
    server,
    proxied: false,
    credentials: async () => {
      if (kept === undefined || performance.now() - kept.at >= KEPT_MS) {
        kept = { at: performance.now(), credentials: plainCredentials(cluster, user, dirname(kubeconfigPath)) };
      }
      return kept.credentials;
    },
  };
}

function named(config: unknown, list: string, name: string | undefined): unknown {
  return listAt(config, list).find((entry) => textAt(entry, 'name') === name);
}

const PLAIN_FIELDS = new Set([
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
]);

function isPlain(cluster: Record<string, unknown>, user: Record<string, unknown>): boolean {
  return !cluster['proxy-url'] && Object.keys(user).every((field) => PLAIN_FIELDS.has(field));
}

function plainCredentials(
  cluster: Record<string, unknown>,
  user: Record<string, unknown>,
  directory: string,
): Credentials {
  const file = (holder: Record<string, unknown>, field: string): Buffer | undefined => {
    const inline = textAt(holder, `${field}-data`);
    if (inline !== undefined && inline !== '') return Buffer.from(inline, 'base64');
    const path = textAt(holder, field);
    return path === undefined || path === '' ? undefined : readFileSync(resolve(directory, path));
  };
  const ca = file(cluster, 'certificate-authority');
  const cert = file(user, 'client-certificate');
  const key = file(user, 'client-key');
  const servername = textAt(cluster, 'tls-server-name');
  const token = tokenOf(user, directory);
  return {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined || servername === '' ? {} : { servername }),
    ...(valueAt(cluster, 'insecure-skip-tls-verify') === true ? { rejectUnauthorized: false } : {}),
  };
}

function tokenOf(user: Record<string, unknown>, directory: string): string | undefined {
  const path = textAt(user, 'tokenFile');
  const token =
    path === undefined || path === '' ? textAt(user, 'token') : readFileSync(resolve(directory, path), 'utf8');
  return token === undefined || token.trim() === '' ? undefined : token.trim();
}

async function pluggedConnection(
  kubeconfigPath: string,
  server: URL,
  user: Record<string, unknown>,
): Promise<Connection> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const tokenFile = textAt(user, 'tokenFile');
  // It does not know a user's tokenFile, and refuses a server that speaks plain http, which has nothing to verify.
  if (tokenFile !== undefined) {
    const authProvider = { name: 'tokenFile', config: { tokenFile: resolve(dirname(kubeconfigPath), tokenFile) } };
    config.users = config.users.map((entry) => ({ ...entry, authProvider }));
  }
  if (server.protocol === 'http:') {
    config.clusters = config.clusters.map((entry) => ({ ...entry, skipTLSVerify: true }));
  }
  return {
    server,
    proxied: config.getCurrentCluster()?.proxyUrl !== undefined,
    async credentials() {
      const headers: OutgoingHttpHeaders = {};
      const options: RequestOptions = { headers };
      await config.applyToHTTPSOptions(options);
      return { ...options, headers };
    },
  };
}
