import { writeFile } from 'node:fs/promises';

import { stringify } from 'yaml';

const CONTEXT = 'tenantry-embedded';
/** For clients that send a bearer token over plain HTTP, and refuse credentials in URLs, as fetch does. */
export const TOKEN_CONTEXT = 'tenantry-embedded-token';

/**
 * The kubeconfig of the embedded cluster. helm and kubectl send no token over plain HTTP, but they do send credentials
 * that stand in the server's URL (and hide them in their messages): so the current context has the token there.
 */
export function kubeconfigOf(url: string, token: string): object {
  const withCredentials = new URL(url);
  withCredentials.username = CONTEXT;
  withCredentials.password = token;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': CONTEXT,
    clusters: [
      { name: CONTEXT, cluster: { server: withCredentials.href.replace(/\/$/, '') } },
      { name: TOKEN_CONTEXT, cluster: { server: url, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: CONTEXT, user: { token } }],
    contexts: [
      { name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT } },
      { name: TOKEN_CONTEXT, context: { cluster: TOKEN_CONTEXT, user: CONTEXT } },
    ],
  };
}

/** Writes the kubeconfig so that only its owner can read it. */
export async function writeKubeconfig(path: string, url: string, token: string): Promise<void> {
  await writeFile(path, stringify(kubeconfigOf(url, token)), { mode: 0o600 });
}
