import { Injectable } from '@nestjs/common';

/** What one instance asked for and used in one period. Amounts are decimal text; what was not measured is absent. */
export interface ResourceSample {
  readonly instanceId: string;
  readonly tenantId: string;
  readonly blueprint: string;
  /** RFC 3339 in UTC: when the period began. With the instance it names the sample. */
  readonly periodStart: string;
  /** How long the period is. */
  readonly seconds: string;
  readonly cpuRequestCoreSeconds?: string;
  readonly cpuUseCoreSeconds?: string;
  readonly memoryRequestGibSeconds?: string;
  readonly memoryUseGibSeconds?: string;
  readonly volumeGibSeconds?: string;
  /** The size of its volumes, as it was at the end. */
  readonly volumeGib?: string;
}

export type SampleTaker = (samples: readonly ResourceSample[], signal: AbortSignal) => Promise<void>;

/**
 * Between who sees the cluster and who meters, who may not import each other: `samples.takeBy(…)` from `onModuleInit`. Not by the outbox:
 * a thousand rows a minute would be written, delivered and swept for what may be lost without harm.
 */
@Injectable()
export class ResourceSamples {
  private readonly takers: SampleTaker[] = [];

  takeBy(taker: SampleTaker): void {
    this.takers.push(taker);
  }

  /** Resolves when all have taken the samples. */
  async give(samples: readonly ResourceSample[], signal: AbortSignal): Promise<void> {
    for (const take of this.takers) await take(samples, signal);
  }
}
