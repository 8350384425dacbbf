import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnerLookups } from '../platform/owner-lookups.js';
import { notFound as noInstance } from './instances/instance-errors.js';
import { InstancesStore } from './instances/instances.store.js';
import { notFound as noOperation } from './operations/operation-errors.js';
import { OperationsStore } from './operations/operations.store.js';

/** Says whose instances and operations are. */
@Injectable()
export class ProvisionerOwners implements OnModuleInit {
  constructor(
    private readonly lookups: OwnerLookups,
    private readonly instances: InstancesStore,
    private readonly operations: OperationsStore,
  ) {}

  onModuleInit(): void {
    const { instances, operations } = this;
    this.lookups.add('instance', {
      find: (id, reach) => instances.ownerOf(id, reach),
      notFound: noInstance,
      lasting: true,
    });
    this.lookups.add('operation', {
      find: (id, reach) => operations.ownerOf(id, reach),
      notFound: noOperation,
      lasting: true,
    });
  }
}
