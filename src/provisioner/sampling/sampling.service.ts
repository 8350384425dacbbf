import { Injectable } from '@nestjs/common';
import { Cluster } from '../../kubernetes/cluster.js';
import { ResourceUseClient } from '../../kubernetes/resource-use.client.js';
import { Clock } from '../../platform/clock.js';
import { ResourceSamples } from '../../platform/resource-samples.js';
import { samplesOf } from './resource-amounts.js';
import { SamplingStore } from './sampling.store.js';

export const samplePeriodMs = 60_000;

/** Samples what the instances of this cluster ask for and use, and hands it to whoever meters it. */
@Injectable()
export class Sampling {
  constructor(
    private readonly store: SamplingStore,
    private readonly resources: ResourceUseClient,
    private readonly samples: ResourceSamples,
    private readonly cluster: Cluster,
    private readonly clock: Clock,
  ) {}

  /**
   * One sample of all instances. It speaks for the period before it, and for the one before that when that one was missed; what is older
   * stays unknown.
   * @throws TenantryError `cluster_unreachable`; the period is then left to the next sample
   */
  async sample(signal: AbortSignal): Promise<void> {
    const now = this.clock.now().getTime();
    const until = new Date(now - (now % samplePeriodMs));
    const [use, instances] = await Promise.all([
      this.resources.read(signal),
      this.store.instances(this.cluster.name, signal),
    ]);
    // Last, so that a sample which could not be taken leaves its period to the next one.
    for (const from of await this.store.claimPeriods(this.cluster.name, until, samplePeriodMs)) {
      await this.samples.give(samplesOf(use, instances, { from, to: from + samplePeriodMs }), signal);
    }
  }
}
