import { Injectable } from '@nestjs/common';
import type { TenantryError } from './errors.js';
import type { OwnedKind } from './http/access.js';
import type { Reach, TenantRef } from './reach.js';

/** How a room tells whose a thing is. */
export interface OwnerLookup {
  /**
   * The tenant within reach that owns the thing of this id (or name); undefined when it is not there or not within reach. The query
   * itself must not tell those two apart, so that neither answer takes longer.
   */
  find(idOrName: string, reach: Reach): Promise<string | undefined>;
  /** The same where it can be told without asking the database; undefined: `find` has to tell. */
  recall?(idOrName: string, reach: readonly TenantRef[]): string | undefined;
  /** What the room says of a thing that is not there. */
  notFound(): TenantryError;
  /** The same id is never another tenant's later, so that an owner may be remembered. */
  readonly lasting: boolean;
}

/** Where rooms say whose things are: `lookups.add('instance', …)` from `onModuleInit`. Who guards the routes cannot import the rooms. */
@Injectable()
export class OwnerLookups {
  private readonly lookups = new Map<OwnedKind, OwnerLookup>();

  add(kind: OwnedKind, lookup: OwnerLookup): void {
    if (this.lookups.has(kind)) throw new Error(`two rooms say whose a thing of kind ${kind} is`);
    this.lookups.set(kind, lookup);
  }

  has(kind: OwnedKind): boolean {
    return this.lookups.has(kind);
  }

  of(kind: OwnedKind): OwnerLookup {
    const lookup = this.lookups.get(kind);
    if (lookup === undefined) throw new Error(`no room says whose a thing of kind ${kind} is`);
    return lookup;
  }
}
