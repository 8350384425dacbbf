import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';

import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';

import { listAt, textAt } from './json-value.js';

/**
 * The client-node configuration of a kubeconfig file's current context.
 * Two things that helm and kubectl understand and client-node does not are put into its words: a user's `tokenFile`, and
 * a server that speaks plain http, which has no certificate to verify.
 */
export function loadKubeConfig(kubeconfigPath: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const users = listAt(parse(readFileSync(kubeconfigPath, 'utf8')), 'users');
  config.users = config.users.map((user) => {
    const entry = users.find((candidate) => textAt(candidate, 'name') === user.name);
    const tokenFile = textAt(entry, 'user', 'tokenFile');
    return tokenFile === undefined ? user : { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http://') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

/** The server's base URL and, for each request, what signs it: headers, certificates, a proxy's agent where one is named. */
export interface Connection {
  readonly server: URL;
  readonly proxied: boolean;
  credentials(): Promise<Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders }>;
}

/** @throws Error when the kubeconfig names no cluster */
export function connectionOf(kubeconfigPath: string): Connection {
  const config = loadKubeConfig(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('The kubeconfig names no current cluster.');
  return {
    server: new URL(cluster.server),
    proxied: cluster.proxyUrl !== undefined,
    async credentials() {
      const headers: OutgoingHttpHeaders = {};
      const options: RequestOptions = { headers };
      await config.applyToHTTPSOptions(options);
      return { ...options, headers };
    },
  };
}
