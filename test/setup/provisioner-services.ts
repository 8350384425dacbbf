import { randomBytes } from 'node:crypto';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../src/background-tasks/background-tasks.config.js';
import { TaskWorker } from '../../src/background-tasks/task-worker.service.js';
import { Cluster } from '../../src/kubernetes/cluster.js';
import { SystemClock } from '../../src/platform/clock.js';
import { BlueprintsService } from '../../src/provisioner/blueprints/blueprints.service.js';
import { ChartPaths } from '../../src/provisioner/blueprints/chart-paths.service.js';
import { InstanceSpecService } from '../../src/provisioner/instances/instance-spec.service.js';
import { type AskedSpec, InstancesStore } from '../../src/provisioner/instances/instances.store.js';
import { InstancesService } from '../../src/provisioner/instances/instances.service.js';
import { OperationsService } from '../../src/provisioner/operations/operations.service.js';
import { ProvisionerConfig, provisionerEnvironment } from '../../src/provisioner/provisioner.config.js';
import type { Tenant } from '../../src/tenants/tenant.js';
import { TenantsService } from '../../src/tenants/tenants.service.js';
import type { TestDatabase } from './database.js';
import { Provisioning } from './provisioning.js';

/** A cluster that only has a name: requests never reach one. */
class NamedCluster extends Cluster {
  readonly name = 'test';
  readonly kubeconfigPath = '/nonexistent';
  readonly simulated = true;
  describe(): string {
    return 'a name';
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}

/** Looks again without waiting. */
class ImpatientClock extends SystemClock {
  override sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(1, signal);
  }
}

/** A worker that never starts, and counts how often it was woken. */
class SleepingWorker extends TaskWorker {
  woken = 0;
  override wake(): void {
    this.woken += 1;
  }
}

/** Lets something happen between the reading of what an instance asks for and the writing of what was made of it. */
class RacedStore extends InstancesStore {
  meanwhile: (() => Promise<unknown>) | undefined;
  override async asked(tenantId: string, name: string): Promise<AskedSpec | undefined> {
    const asked = await super.asked(tenantId, name);
    await this.meanwhile?.();
    return asked;
  }
}

export interface Services {
  readonly store: RacedStore;
  readonly world: Provisioning;
  readonly tenants: TenantsService;
  readonly blueprints: BlueprintsService;
  readonly instances: InstancesService;
  readonly operations: OperationsService;
  readonly worker: SleepingWorker;
  readonly tenant: Tenant;
}

/** The same services, with other encryption keys: the newest first. */
export function instancesSealedBy(
  { blueprints, store, worker }: Services,
  keys: readonly [string, ...string[]],
): InstancesService {
  const specs = new InstanceSpecService(blueprints, new ProvisionerConfig(provisionerEnvironment.parse({}), keys));
  return new InstancesService(store, specs, worker, new NamedCluster());
}

export const encryptionKey = randomBytes(32).toString('base64');

/** The services on a database, with the tenant `acme` and the blueprint `shop`, whose schema knows secrets and hosts. */
export async function servicesOn(test: TestDatabase, environment: Record<string, string> = {}): Promise<Services> {
  const world = await Provisioning.in(test);
  const config = new ProvisionerConfig(provisionerEnvironment.parse(environment), [encryptionKey]);
  const blueprints = new BlueprintsService(world.blueprints, new ChartPaths(config));
  const specs = new InstanceSpecService(blueprints, config);
  const tasks = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
  const worker = new SleepingWorker(world.queue, new SystemClock(), tasks);
  const tenants = new TenantsService(world.tenants);
  const store = new RacedStore(test.database);
  await blueprints.register(shop);
  return {
    world,
    store,
    tenants,
    blueprints,
    worker,
    instances: new InstancesService(store, specs, worker, new NamedCluster()),
    operations: new OperationsService(world.operations, new ImpatientClock()),
    tenant: await tenants.get('acme', 'all'),
  };
}

export const shop = {
  name: 'shop',
  chart: { path: 'test/fixtures/charts/slow' },
  values: { replicas: 1, ingress: { host: '' } },
  values_schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      replicas: { type: 'integer', minimum: 1, maximum: 10 },
      size: { enum: ['s', 'm'] },
      ingress: { type: 'object', properties: { host: { type: 'string' } } },
      secrets: { type: 'object', additionalProperties: { type: 'string', minLength: 6, writeOnly: true } },
    },
  },
  hostname: { value: '/ingress/host', template: '{instance}.{tenant}.test' },
};
