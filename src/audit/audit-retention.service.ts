import { Injectable } from '@nestjs/common';
import { AuditUpkeepStore } from './audit-upkeep.store.js';
import { AuditConfig } from './audit.config.js';
import { bySystem } from './change-context.js';

/** Rows of one statement: well within the time that hosted Supabase gives it. */
const rowsAtOnce = 1_000;

/** Removes the content of old rows that need not be kept whole. */
@Injectable()
export class AuditRetention {
  constructor(
    private readonly store: AuditUpkeepStore,
    private readonly config: AuditConfig,
  ) {}

  /** @returns how many rows lost their content; none where it is kept for ever */
  async run(signal?: AbortSignal): Promise<number> {
    const { retentionDays } = this.config;
    if (retentionDays === 0) return 0;
    let removed = 0;
    for (;;) {
      const step = await this.store.expire(retentionDays, rowsAtOnce, bySystem);
      removed += step.removed;
      if (!step.more || signal?.aborted) return removed;
    }
  }
}
