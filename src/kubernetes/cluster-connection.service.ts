import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { HealthChecks } from '../platform/health/health-checks.js';
import type { ClusterApi } from './cluster-api.client.js';
import type { ClusterWatch } from './cluster-watch.js';
import type { ProgramRunner } from './program-runner.js';

/** Opens what lasts as long as the application, and leaves no watch, connection or child behind. */
export class ClusterConnection implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly api: ClusterApi,
    private readonly watch: ClusterWatch,
    private readonly runner: ProgramRunner,
    private readonly health: HealthChecks,
  ) {}

  onModuleInit(): void {
    this.health.add({
      name: 'kubernetes',
      check: async (signal) => {
        await this.api.json({ method: 'GET', path: '/version', signal });
      },
    });
    this.watch.start();
  }

  /** After everything that works has drained. */
  async onApplicationShutdown(): Promise<void> {
    await this.watch.stop();
    await this.runner.close();
    this.api.close();
  }
}
