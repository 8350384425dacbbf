import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { HealthChecks } from '../platform/health/health-checks.js';
import { Cluster } from './cluster.js';
import { ClusterApi } from './cluster-api.client.js';
import { ClusterConnection } from './cluster-connection.service.js';
import { ClusterWatch } from './cluster-watch.js';
import { HelmClient } from './helm.client.js';
import { KubectlClient } from './kubectl.client.js';
import { ObjectClient } from './object.client.js';
import { PodCauseClient } from './pod-cause.client.js';
import { ProgramRunner } from './program-runner.js';
import { Programs, type ProgramsOptions } from './programs.js';
import { ReleaseClient } from './release.client.js';
import { ResourceUseClient } from './resource-use.client.js';
import { ResourceDiscovery } from './resource-discovery.client.js';

/** Everything that reaches the one cluster of this process. */
@Module({})
export class KubernetesModule {
  /** @param cluster started before the application, and stopped after it */
  static forRoot(cluster: Cluster, programs: ProgramsOptions): DynamicModule {
    const shared = [
      { provide: Cluster, useValue: cluster },
      { provide: Programs, useFactory: () => new Programs(programs) },
      {
        provide: ProgramRunner,
        useFactory: () =>
          new ProgramRunner({ kubeconfigPath: () => cluster.kubeconfigPath, searchPath: programs.searchPath }),
      },
      { provide: ClusterApi, useFactory: () => new ClusterApi(() => cluster.kubeconfigPath) },
      { provide: ResourceDiscovery, useFactory: (api: ClusterApi) => new ResourceDiscovery(api), inject: [ClusterApi] },
      {
        provide: ObjectClient,
        useFactory: (api: ClusterApi, discovery: ResourceDiscovery) => new ObjectClient(api, discovery),
        inject: [ClusterApi, ResourceDiscovery],
      },
      {
        provide: ReleaseClient,
        useFactory: (objects: ObjectClient) => new ReleaseClient(objects),
        inject: [ObjectClient],
      },
      {
        provide: PodCauseClient,
        useFactory: (objects: ObjectClient) => new PodCauseClient(objects),
        inject: [ObjectClient],
      },
      { provide: ResourceUseClient, useFactory: (api: ClusterApi) => new ResourceUseClient(api), inject: [ClusterApi] },
      {
        provide: HelmClient,
        useFactory: (found: Programs, runner: ProgramRunner) => new HelmClient(found, runner),
        inject: [Programs, ProgramRunner],
      },
      {
        provide: KubectlClient,
        useFactory: (found: Programs, runner: ProgramRunner) => new KubectlClient(found, runner),
        inject: [Programs, ProgramRunner],
      },
      { provide: ClusterWatch, useFactory: watchOf, inject: [ClusterApi, Clock] },
    ];
    const connection = {
      provide: ClusterConnection,
      useFactory: (api: ClusterApi, watch: ClusterWatch, runner: ProgramRunner, health: HealthChecks) =>
        new ClusterConnection(api, watch, runner, health),
      inject: [ClusterApi, ClusterWatch, ProgramRunner, HealthChecks],
    };
    return { module: KubernetesModule, global: true, providers: [...shared, connection], exports: shared };
  }
}

function watchOf(api: ClusterApi, clock: Clock): ClusterWatch {
  const logger = new Logger(ClusterWatch.name);
  return new ClusterWatch(api, clock, { onFault: (what, error) => logger.warn({ err: error }, what) });
}
