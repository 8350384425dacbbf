import { TenantryError } from '../../platform/errors.js';

export function invoiceNotFound(): TenantryError {
  return new TenantryError('not_found', 'invoice_not_found', 'there is no such invoice');
}
