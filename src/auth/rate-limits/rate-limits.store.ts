import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import type { Ask, Grant } from './allowance.js';

const answers = z.array(
  z
    .object({
      subject: z.string(),
      window: z.string(),
      granted: z.number(),
      remaining: z.number(),
      resets_in_ms: z.number(),
    })
    .transform(({ resets_in_ms: resetsInMs, ...answer }) => ({ ...answer, resetsInMs })),
);

/** One subject's part of a call; a call has each subject once. */
export interface SubjectAsk extends Ask {
  readonly subject: string;
  readonly quota: number;
  readonly window_ms: number;
}

/** Every query of this room. */
@Injectable()
export class RateLimitsStore {
  constructor(private readonly database: Database) {}

  /** One call for any number of subjects. Not sent again when it fails: what it may have granted is lost until the windows end. */
  async reserve(asks: readonly SubjectAsk[], signal: AbortSignal): Promise<Map<string, Grant>> {
    const answer = await this.database.rpc('rate_limit_reserve', { p_asks: [...asks] }, { signal });
    return new Map(answers.parse(answer).map(({ subject, ...grant }) => [subject, grant]));
  }
}
