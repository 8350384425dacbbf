import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { DatabaseError } from '../../platform/database-error.js';
import { TenantryError } from '../../platform/errors.js';
import { quotaExceeded } from '../../platform/quota-exceeded.js';
import type { Reach } from '../../platform/reach.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { unknownFeature } from './quotas.errors.js';
import type { Reservation } from './reservation.js';
import { ReservationsStore } from './reservations.store.js';

/** A reservation, and whether it is a new one. */
export interface MadeReservation {
  readonly reservation: Reservation;
  readonly created: boolean;
}

/** What is to be set aside: the amount an exact decimal, the lease in seconds. */
export interface WantedReservation {
  readonly feature: string;
  readonly amount: string;
  readonly lease_seconds: number;
}

/**
 * Sets amounts aside before they are used, so that all who ask stay within a hard limit together. Every method takes the tenant's id or slug,
 * and throws `tenant_not_found`.
 */
@Injectable()
export class ReservationsService {
  constructor(
    private readonly store: ReservationsStore,
    private readonly tenants: TenantsService,
  ) {}

  /**
   * @param id made by the caller: the same again is the same reservation
   * @throws TenantryError `quota_exceeded`, `unknown_feature`, `not_reservable`, `reservation_differs`, `reservation_ended`
   */
  async reserve(
    tenant: string,
    reach: Reach,
    id: string,
    wanted: WantedReservation,
    context: ChangeContext,
  ): Promise<MadeReservation> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const reserved = await this.store.reserve({ tenantId, id }, wanted, context).catch((error: unknown) => {
      throw error instanceof DatabaseError && error.hint === 'reservation_differs' ? differs() : error;
    });
    switch (reserved.outcome) {
      case 'reserved':
        return { reservation: reserved.reservation, created: true };
      case 'unchanged':
        return { reservation: reserved.reservation, created: false };
      case 'quota_exceeded':
        throw quotaExceeded(reserved);
      case 'differs':
        throw differs();
      case 'ended':
        throw ended(reserved.reservation);
      case 'tenant_not_found':
        throw tenantNotFound();
      case 'feature_not_found':
        throw unknownFeature();
      case 'not_reservable':
        throw new TenantryError('conflict', 'not_reservable', 'nothing can be set aside of this feature');
    }
  }

  /**
   * @param amount what was used of it, an exact decimal; undefined: all. The rest is given back
   * @throws TenantryError `reservation_not_found`, `reservation_ended`, `beyond_reservation`
   */
  commit(
    tenant: string,
    reach: Reach,
    id: string,
    amount: string | undefined,
    context: ChangeContext,
  ): Promise<Reservation> {
    return this.end(tenant, reach, { id, state: 'committed', amount: amount ?? null }, context);
  }

  /** Gives all of it back. @throws TenantryError `reservation_not_found`, `reservation_ended` */
  release(tenant: string, reach: Reach, id: string, context: ChangeContext): Promise<Reservation> {
    return this.end(tenant, reach, { id, state: 'released', amount: null }, context);
  }

  /** @throws TenantryError `reservation_not_found` */
  async get(tenant: string, reach: Reach, id: string): Promise<Reservation> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const found = await this.store.find({ tenantId, id });
    if (found === undefined) throw notFound();
    return found;
  }

  private async end(
    tenant: string,
    reach: Reach,
    how: { readonly id: string; readonly state: 'committed' | 'released'; readonly amount: string | null },
    context: ChangeContext,
  ): Promise<Reservation> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const end = await this.store.end({ tenantId, id: how.id }, how.state, how.amount, context);
    switch (end.outcome) {
      case 'ended_now':
      case 'unchanged':
        return end.reservation;
      case 'ended':
        throw ended(end.reservation);
      case 'reservation_not_found':
        throw notFound();
      case 'beyond_reservation':
        throw new TenantryError('unprocessable', 'beyond_reservation', 'more was used than was reserved', {
          faults: [{ pointer: '/amount', message: 'must not be more than was reserved' }],
        });
    }
  }
}

function notFound(): TenantryError {
  return new TenantryError('not_found', 'reservation_not_found', 'the tenant has no such reservation');
}

function differs(): TenantryError {
  return new TenantryError('conflict', 'reservation_differs', 'the reservation of this id is for something else');
}

function ended({ state, committed }: Reservation): TenantryError {
  return new TenantryError('conflict', 'reservation_ended', `the reservation is ${state} already`, {
    members: { state, committed },
  });
}
