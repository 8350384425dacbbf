import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { Sampling, samplePeriodMs } from './sampling.service.js';

/** Samples once a minute, on one of the replicas that reach the cluster. */
@Injectable()
export class SamplingTask implements OnApplicationBootstrap {
  constructor(
    private readonly sampling: Sampling,
    private readonly schedules: ScheduledTasks,
    private readonly cluster: Cluster,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    const name = `resource_samples:${this.cluster.name}`;
    this.schedules.every(name, samplePeriodMs / 1_000, (signal) => this.sampling.sample(signal));
  }
}
