import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TenantryError } from '../../platform/errors.js';
import { encodeCursor } from '../../platform/http/pagination.js';
import type { Reach } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { parseExactJson } from '../events/exact-json.js';
import { isObject } from '../events/cloud-event.js';
import { readEvents } from '../events/read-events.js';
import type { EventKey, EventVoiding, RecordedEvent, VoidedEvent } from './recorded-event.js';
import { type EventFilter, type EventRow, RecordedEventsStore, type VoidOutcome } from './recorded-events.store.js';

/** Single events: what was recorded, and taking it back. */
@Injectable()
export class RecordedEvents {
  constructor(
    private readonly store: RecordedEventsStore,
    private readonly tenants: TenantsService,
  ) {}

  /**
   * Events of a tenant, newest first, after the given one.
   * @throws TenantryError `tenant_not_found`
   */
  async page(
    tenant: string,
    filter: EventFilter,
    reach: Reach,
    limit: number,
    after: EventKey | undefined,
  ): Promise<{ data: RecordedEvent[]; next_cursor: string | null }> {
    const { id } = await this.tenants.get(tenant, reach);
    const { rows, next } = await this.store.list([id], filter, reach, { limit, after });
    return { data: rows.map(toEvent), next_cursor: next === null ? null : encodeCursor(next) };
  }

  /** Since when every event is kept; earlier ones may be gone, though what was counted of them is not. */
  keptFrom(): Promise<string> {
    return this.store.keptFrom();
  }

  /**
   * The newest events of one tenant, or of all within reach, with their tenant as subject where they named none.
   * @throws TenantryError `tenant_not_found`
   */
  async newest(tenant: string | undefined, filter: EventFilter, reach: Reach, limit: number): Promise<RecordedEvent[]> {
    const ids = await this.tenants.idsOf(tenant === undefined ? [] : [tenant], reach);
    const { rows } = await this.store.list(ids, filter, reach, { limit, after: undefined });
    const slugs = await this.tenants.slugsOf([...new Set(rows.map(({ tenant_id }) => tenant_id))], reach);
    return rows.map((row) => {
      const { event, ...rest } = toEvent(row);
      return { ...rest, event: { subject: slugs.get(row.tenant_id) ?? row.tenant_id, ...event } };
    });
  }

  /**
   * Takes an event out of every count, and with a replacement puts that in its place, both or neither. The event stays, marked.
   * @param replacement JSON text of a CloudEvent
   * @throws TenantryError `tenant_not_found`, `event_not_found`, `already_voided`, `event_expired`, `replacement_rejected`
   */
  async void(
    tenant: string,
    voiding: EventVoiding,
    replacement: string | undefined,
    context: ChangeContext,
  ): Promise<VoidedEvent> {
    const { id, slug } = await this.tenants.get(tenant, 'all');
    const json = replacement === undefined ? null : judged(replacement, [{ id, slug }], voiding.source);
    const outcome = await this.store.void(id, voiding, json, context);
    if (outcome.outcome !== 'voided') throw refused(outcome);
    const { voided_at, void_reason: reason, voided_by } = outcome.event;
    return { source: voiding.source, id: voiding.id, voided_at, reason, voided_by, replaced: json !== null };
  }
}

function toEvent({ event, received_at, voided_at, void_reason, voided_by }: EventRow): RecordedEvent {
  const parsed = parseExactJson(event);
  if (!isObject(parsed)) throw new Error('what was recorded is no event');
  const voided = voided_at === null ? null : { voided_at, reason: void_reason ?? '', voided_by: voided_by ?? '' };
  return { event: parsed, received_at, voided };
}

/** By the rules of the door, as an event of that tenant in the place of one of that source. */
function judged(json: string, tenant: Reach, source: string): string {
  const { good, rejected } = readEvents(json, 'event', tenant, source);
  const [event] = good;
  if (event !== undefined) return event.json;
  throw replacementRejected(rejected.map(({ code, message }) => `${code}: ${message}`));
}

function refused(outcome: Exclude<VoidOutcome, { outcome: 'voided' }>): TenantryError {
  switch (outcome.outcome) {
    case 'event_not_found':
      return new TenantryError('not_found', 'event_not_found', 'the tenant has no event of this source and id');
    case 'event_expired':
      return new TenantryError(
        'unprocessable',
        'event_expired',
        'the event is no longer kept, only what was counted of it',
      );
    case 'already_voided':
      return new TenantryError('conflict', 'already_voided', 'the event was voided before', {
        members: { voided_at: outcome.event.voided_at },
      });
    case 'replacement_rejected':
      return replacementRejected([
        outcome.rejected ? `${outcome.rejected.code}: ${outcome.rejected.message}` : 'duplicate: it is there already',
      ]);
  }
}

function replacementRejected(messages: readonly string[]): TenantryError {
  return new TenantryError(
    'unprocessable',
    'replacement_rejected',
    'the replacement cannot be taken; nothing was voided',
    {
      faults: messages.map((message) => ({ pointer: '/replacement', message })),
    },
  );
}
