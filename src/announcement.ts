import { join } from 'node:path';
import type { AppConfig } from './app.config.js';
import type { Backends } from './app.module.js';

/** What a person who started the service wants to know, on stderr: stdout carries the log. */
export function announcement(config: AppConfig, { database, cluster }: Backends, url: string): string {
  const { operatorKey } = config;
  const lines = [
    ['API', `${url}/v1`],
    ['docs', `${url}/docs`],
    ['kubeconfig', cluster.kubeconfigPath],
    ['operator key', keyLine(operatorKey)],
    [
      'database',
      database.kind === 'embedded' ? `embedded, in ${join(config.dataDirectory, 'supabase')}` : database.kind,
    ],
    ['cluster', cluster.simulated ? `SIMULATED: ${cluster.describe()}` : cluster.describe()],
  ];
  return `\nTenantry is ready.\n${lines.map(([name = '', value]) => `  ${name.padEnd(13)}${value}\n`).join('')}\n`;
}

function keyLine({ key, origin, path }: AppConfig['operatorKey']): string {
  switch (origin) {
    case 'made':
      return `${key} (shown this once; kept in ${path ?? ''})`;
    case 'kept':
      return `kept in ${path ?? ''}`;
    case 'configured':
      return 'as set in TENANTRY_ADMIN_KEY';
  }
}
