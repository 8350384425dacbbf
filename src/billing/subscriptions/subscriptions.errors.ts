import { TenantryError } from '../../platform/errors.js';
import type { ChangeOutcome } from './subscriptions.store.js';

export function subscriptionNotFound(): TenantryError {
  return new TenantryError('not_found', 'subscription_not_found', 'there is no such subscription');
}

export function stale(): TenantryError {
  const message = 'the subscription was changed meanwhile; read it again';
  return new TenantryError('precondition_failed', 'precondition_failed', message);
}

/** Why a change was not made. */
export function refusalOf(outcome: Exclude<ChangeOutcome['outcome'], 'changed' | 'stale'>): TenantryError {
  switch (outcome) {
    case 'not_found':
      return subscriptionNotFound();
    case 'ended':
      return new TenantryError('conflict', 'subscription_ended', 'the subscription is over by then');
    case 'already_billed':
      return new TenantryError('conflict', 'period_already_billed', 'that time has been billed, and stays as it was');
    case 'not_waiting':
      return new TenantryError('conflict', 'nothing_to_activate', 'the subscription goes on after its trial anyway');
    case 'override_not_found':
      return new TenantryError('not_found', 'override_not_found', 'there is no such override, or it is over');
  }
}
