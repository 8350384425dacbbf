import { TenantryError } from '../platform/errors.js';

export function tenantNotFound(): TenantryError {
  return new TenantryError('not_found', 'tenant_not_found', 'there is no such tenant');
}
