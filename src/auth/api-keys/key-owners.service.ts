import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import { idsWithin } from '../../platform/reach.js';
import { ApiKeysStore } from './api-keys.store.js';
import { keyNotFound } from './key-rules.js';

/** Says whose API keys are. */
@Injectable()
export class KeyOwners implements OnModuleInit {
  constructor(
    private readonly lookups: OwnerLookups,
    private readonly store: ApiKeysStore,
  ) {}

  onModuleInit(): void {
    this.lookups.add('api_key', {
      find: (id, reach) => this.store.ownerOf(id, idsWithin(reach)),
      notFound: keyNotFound,
      lasting: true,
    });
  }
}
