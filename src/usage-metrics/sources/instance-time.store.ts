import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { type ReadySlice, readySlice, type ToldState } from './instance-time.js';

/** The queries of instance time. */
@Injectable()
export class InstanceTimeStore {
  constructor(private readonly database: Database) {}

  /** Takes what a message tells of an instance's state; again, it changes nothing. */
  async told(state: ToldState, signal?: AbortSignal): Promise<void> {
    await this.database.rpc('usage_instance_told', { p_message: state }, { idempotent: true, signal });
  }

  /** Up to `limit` slices of ready time that are not submitted yet, oldest first. */
  async slices(limit: number, signal?: AbortSignal): Promise<ReadySlice[]> {
    const answer = await this.database.rpc('usage_instance_slices', { p_limit: limit }, { idempotent: true, signal });
    return z.array(readySlice).parse(answer);
  }

  async submitted(slices: readonly ReadySlice[]): Promise<void> {
    const keys = slices.map(({ instance_id, message_id, part, to }) => ({ instance_id, message_id, part, to }));
    await this.database.rpc('usage_instance_slices_submitted', { p_slices: keys }, { idempotent: true });
  }
}
