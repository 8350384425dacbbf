import { TenantryError } from '../../platform/errors.js';

export function featureNotFound(): TenantryError {
  return new TenantryError('not_found', 'feature_not_found', 'there is no such feature');
}

/** Of a feature that a body names. */
export function unknownFeature(): TenantryError {
  return new TenantryError('unprocessable', 'unknown_feature', 'there is no such feature', {
    faults: [{ pointer: '/feature', message: 'is no feature' }],
  });
}

export function stale(what: string): TenantryError {
  return new TenantryError('precondition_failed', 'precondition_failed', `the ${what} was changed since it was read`);
}
