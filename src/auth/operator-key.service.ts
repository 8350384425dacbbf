import { join } from 'node:path';
import { keepSecret } from '../platform/kept-secret.js';
import type { AuthConfig } from './auth.config.js';
import { isMadeOperatorKey, newOperatorKey } from './operator-key.js';

/** Where the operator key came from. A `made` one is to be shown once: nobody has seen it yet. */
export interface FoundOperatorKey {
  key: string;
  origin: 'configured' | 'kept' | 'made';
  /** The file that keeps it, readable by the owner alone; absent for a configured one. */
  path?: string;
}

/**
 * The operator key: the configured one, or the one that the data directory keeps, or a new one that it keeps from now on.
 * Processes that start at the same time agree on one.
 * @throws Error when the file is there but holds no key: overwriting it would lock somebody out.
 */
export async function findOperatorKey(config: AuthConfig, dataDirectory: string): Promise<FoundOperatorKey> {
  if (config.adminKey !== undefined) return { key: config.adminKey, origin: 'configured' };
  const path = join(dataDirectory, 'operator-key');
  const { secret, made } = await keepSecret(path, newOperatorKey, isMadeOperatorKey);
  return { key: secret, origin: made ? 'made' : 'kept', path };
}
