import { type DynamicModule, Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import { BlueprintsController } from './blueprints/blueprints.controller.js';
import { BlueprintsService } from './blueprints/blueprints.service.js';
import { BlueprintsStore } from './blueprints/blueprints.store.js';
import { ChartPaths } from './blueprints/chart-paths.service.js';
import { ChangeAuthor } from './drift/change-author.service.js';
import { DriftController } from './drift/drift.controller.js';
import { DriftService } from './drift/drift.service.js';
import { DriftStore } from './drift/drift.store.js';
import { FleetScan } from './drift/fleet-scan.service.js';
import { DriftTask } from './drift/drift.task.js';
import { InstanceSpecService } from './instances/instance-spec.service.js';
import { InstancesController } from './instances/instances.controller.js';
import { InstancesService } from './instances/instances.service.js';
import { InstancesStore } from './instances/instances.store.js';
import { Resealing } from './instances/resealing.service.js';
import { SealedSecretsStore } from './instances/sealed-secrets.store.js';
import { InHand } from './operations/in-hand.service.js';
import { NamespaceActs } from './operations/namespace-acts.service.js';
import { Observer } from './operations/observer.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { OperationsStore } from './operations/operations.store.js';
import { OperationsTask } from './operations/operations.task.js';
import { ReleaseActs } from './operations/release-acts.service.js';
import { Sampling } from './sampling/sampling.service.js';
import { SamplingStore } from './sampling/sampling.store.js';
import { SamplingTask } from './sampling/sampling.task.js';
import { Suspensions } from './suspensions/suspensions.service.js';
import { SuspensionsStore } from './suspensions/suspensions.store.js';
import { SuspensionsTask } from './suspensions/suspensions.task.js';
import { ProvisionerConfig } from './provisioner.config.js';
import { ProvisionerOwners } from './provisioner-owners.service.js';

@Module({})
export class ProvisionerModule {
  static forRoot(config: ProvisionerConfig): DynamicModule {
    return {
      module: ProvisionerModule,
      imports: [TenantsModule],
      controllers: [BlueprintsController, InstancesController, OperationsController, DriftController],
      providers: [
        { provide: ProvisionerConfig, useValue: config },
        BlueprintsStore,
        BlueprintsService,
        ChartPaths,
        InstancesStore,
        InstancesService,
        InstanceSpecService,
        SealedSecretsStore,
        Resealing,
        OperationsStore,
        OperationsService,
        OperationsTask,
        InHand,
        Observer,
        ReleaseActs,
        NamespaceActs,
        DriftStore,
        DriftService,
        FleetScan,
        DriftTask,
        ChangeAuthor,
        SamplingStore,
        Sampling,
        SamplingTask,
        Suspensions,
        SuspensionsStore,
        SuspensionsTask,
        ProvisionerOwners,
      ],
      exports: [BlueprintsService],
    };
  }
}
