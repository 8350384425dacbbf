import { TenantryError } from '../../platform/errors.js';

export function notFound(): TenantryError {
  return new TenantryError('not_found', 'instance_not_found', 'there is no such instance');
}
