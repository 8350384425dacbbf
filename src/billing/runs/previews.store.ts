import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Database } from '../../platform/database.js';
import { previewState } from './preview.js';

/** The queries of previews. */
@Injectable()
export class PreviewsStore {
  constructor(private readonly database: Database) {}

  /** A subscription with its next invoice; undefined where there is none. */
  async state(subscriptionId: string): Promise<z.infer<typeof previewState> | undefined> {
    const args = { p_id: subscriptionId };
    const answer = await this.database.rpc('billing_preview_state', args, { idempotent: true });
    return previewState.nullable().parse(answer) ?? undefined;
  }
}
