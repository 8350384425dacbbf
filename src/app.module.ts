import { type DynamicModule, Module } from '@nestjs/common';
import { join } from 'node:path';
import { About } from './admin/about.js';
import { AdminModule } from './admin/admin.module.js';
import type { AppConfig } from './app.config.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { UserTokensModule } from './auth/user-tokens/user-tokens.module.js';
import { BackgroundTasksModule } from './background-tasks/background-tasks.module.js';
import { BillingModule } from './billing/billing.module.js';
import { DatabaseModule } from './platform/database.module.js';
import { KubernetesModule } from './kubernetes/kubernetes.module.js';
import { KubeconfigCluster } from './kubernetes/kubeconfig-cluster.js';
import type { Cluster } from './kubernetes/cluster.js';
import type { Database } from './platform/database.js';
import { HostedDatabase } from './platform/hosted-database.js';
import { IdempotencyModule } from './platform/idempotency/idempotency.module.js';
import { PlatformModule } from './platform/platform.module.js';
import { processRegistry } from './platform/telemetry/process-registry.js';
import { version } from './platform/version.js';
import { ProvisionerModule } from './provisioner/provisioner.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UsageMetricsModule } from './usage-metrics/usage-metrics.module.js';

/** What the application stands on: started before it, and ended after it. */
export interface Backends {
  readonly database: Database;
  readonly cluster: Cluster;
}

@Module({})
export class AppModule {
  static forRoot(config: AppConfig, { database, cluster }: Backends): DynamicModule {
    const { kubernetes, dataDirectory } = config;
    const programs = {
      helmBin: kubernetes.helmBin,
      kubectlBin: kubernetes.kubectlBin,
      searchPath: kubernetes.searchPath,
      cacheDirectory: join(dataDirectory, 'programs'),
    };
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(config.platform, processRegistry()),
        DatabaseModule.forRoot(database),
        IdempotencyModule.forRoot({ encryptionKeys: config.provisioner.encryptionKeys }),
        KubernetesModule.forRoot(cluster, programs),
        AuditModule.forRoot(config.audit),
        UserTokensModule.forRoot(database.userTokenIssuer, { secondFactor: config.auth.secondFactor }),
        AuthModule.forRoot(config.auth, config.operatorKey.key, config.rateLimits),
        BackgroundTasksModule.forRoot(config.backgroundTasks),
        TenantsModule,
        ProvisionerModule.forRoot(config.provisioner),
        UsageMetricsModule.forRoot(config.usageMetrics),
        BillingModule.forRoot(config.billing, config.payments),
        AdminModule.forRoot(new About(version, { supabase: database.kind, kubernetes: cluster.describe() })),
      ],
    };
  }
}

/**
 * Starts the backends that the settings name. The embedded ones are loaded only when they are used: an image may lack them.
 * @throws Error when one does not start; what was started before it is ended
 */
export async function startBackends(config: AppConfig): Promise<Backends> {
  const database = await startDatabase(config);
  try {
    const cluster = await chooseCluster(config);
    await cluster.start();
    return { database, cluster };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function startDatabase({ platform, dataDirectory }: AppConfig): Promise<Database> {
  if (platform.supabase !== undefined) return new HostedDatabase(platform.supabase);
  const { EmbeddedSupabase } = await import('./embedded/supabase/embedded-supabase.js');
  return EmbeddedSupabase.start({ directory: join(dataDirectory, 'supabase') });
}

async function chooseCluster({ kubernetes, dataDirectory }: AppConfig): Promise<Cluster> {
  const { cluster: choice, clusterName } = kubernetes;
  switch (choice.kind) {
    case 'embedded': {
      const { SimulatedCluster } = await import('./embedded/simulated-cluster.js');
      return new SimulatedCluster(clusterName, dataDirectory);
    }
    case 'kubeconfig':
      return new KubeconfigCluster(clusterName, {
        kind: 'files',
        kubeconfig: choice.kubeconfig,
        context: choice.context,
      });
    case 'in-cluster':
      return new KubeconfigCluster(clusterName, { kind: 'in-cluster', host: choice.host, port: choice.port });
  }
}
