import { TenantryError } from '../../platform/errors.js';

export function meterNotFound(): TenantryError {
  return new TenantryError('not_found', 'meter_not_found', 'there is no such meter');
}
