import { Injectable } from '@nestjs/common';
import { toPage } from '../platform/http/pagination.js';
import { type AuditEntry, toAuditEntry } from './audit-entry.js';
import type { AuditFilter } from './audit-filter.js';
import { AuditStore } from './audit.store.js';

/** A page of the trail, and where the next one begins. */
export interface AuditPage {
  readonly data: AuditEntry[];
  readonly next_cursor: string | null;
}

/** The trail as people read it. */
@Injectable()
export class AuditTrail {
  constructor(private readonly store: AuditStore) {}

  /** Newest first. @param before the id that the parsed cursor of the page before names */
  async page(filter: AuditFilter, limit: number, before: number | undefined): Promise<AuditPage> {
    const entries = await this.store.page(filter, limit + 1, before);
    return toPage(entries, limit, (entry) => entry.id, toAuditEntry);
  }
}
