import { dirname, isAbsolute, join } from 'node:path';

import { isRecord, listAt, recordAt, textAt } from './json-value.js';

/** One kubeconfig file as parsed, with the place its relative paths count from. */
export interface KubeconfigFile {
  readonly path: string;
  readonly content: unknown;
}

const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/**
 * One kubeconfig with a single context out of one or several, as `KUBECONFIG` lists them: the first file that names a
 * thing wins, relative paths become absolute. Whatever else an entry holds is kept.
 * @throws Error naming the contexts there are, when the wanted one (or its cluster or user) is missing
 */
export function singleContext(files: readonly KubeconfigFile[], context: string | undefined): Record<string, unknown> {
  const current = files.map((file) => textAt(file.content, 'current-context')).find((name) => name);
  const wanted = context ?? current;
  if (wanted === undefined) throw new Error('The kubeconfig has no current context; name one.');
  const chosen = find(files, 'contexts', wanted);
  if (chosen === undefined) {
    const known = files.flatMap((file) => listAt(file.content, 'contexts').map((entry) => textAt(entry, 'name')));
    throw new Error(`The kubeconfig has no context ${wanted}; it has ${known.join(', ') || 'none'}.`);
  }
  const clusterName = textAt(chosen.entry, 'context', 'cluster') ?? '';
  const userName = textAt(chosen.entry, 'context', 'user') ?? '';
  const cluster = find(files, 'clusters', clusterName);
  if (cluster === undefined) throw new Error(`The kubeconfig has no cluster ${clusterName}.`);
  const user = find(files, 'users', userName);
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': wanted,
    contexts: [chosen.entry],
    clusters: [absolute(cluster, 'cluster')],
    users: user === undefined ? [] : [absolute(user, 'user')],
  };
}

/** Where a pod finds what its service account may use. */
export interface ServiceAccount {
  readonly host: string;
  readonly port: string;
  readonly tokenFile: string;
  readonly certificateAuthority: string;
}

/** A kubeconfig for a pod's own service account. The token is named by its file, so that a rotated one is taken up. */
export function inClusterKubeconfig(account: ServiceAccount): Record<string, unknown> {
  const host = account.host.includes(':') ? `[${account.host}]` : account.host;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'in-cluster',
    contexts: [{ name: 'in-cluster', context: { cluster: 'in-cluster', user: 'service-account' } }],
    clusters: [
      {
        name: 'in-cluster',
        cluster: {
          server: `https://${host}:${account.port}`,
          'certificate-authority': account.certificateAuthority,
        },
      },
    ],
    users: [{ name: 'service-account', user: { tokenFile: account.tokenFile } }],
  };
}

/** The server of the only cluster of such a kubeconfig, without credentials, for people. */
export function serverOf(config: Record<string, unknown>): string {
  const url = URL.parse(textAt(listAt(config, 'clusters')[0], 'cluster', 'server') ?? '');
  return url === null ? 'an unknown server' : `${url.protocol}//${url.host}`;
}

interface Found {
  readonly file: KubeconfigFile;
  readonly entry: Record<string, unknown>;
}

function find(files: readonly KubeconfigFile[], list: string, name: string): Found | undefined {
  for (const file of files) {
    const entry = listAt(file.content, list).find((candidate) => textAt(candidate, 'name') === name);
    if (isRecord(entry)) return { file, entry };
  }
  return undefined;
}

function absolute(found: Found, member: string): Record<string, unknown> {
  const directory = dirname(found.file.path);
  const fields = { ...recordAt(found.entry, member) };
  for (const field of PATH_FIELDS) {
    const path = fields[field];
    if (typeof path === 'string' && path !== '' && !isAbsolute(path)) fields[field] = join(directory, path);
  }
  const exec = recordAt(fields, 'exec');
  const command = textAt(exec, 'command');
  // A plugin that is named with a slash counts from its kubeconfig; a bare name is looked up on the PATH.
  if (command?.includes('/') === true && !isAbsolute(command)) {
    fields['exec'] = { ...exec, command: join(directory, command) };
  }
  return { ...found.entry, [member]: fields };
}
