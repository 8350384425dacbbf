import { Injectable } from '@nestjs/common';
import type { OwnedKind } from '../../platform/http/access.js';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import type { TenantRef } from '../../platform/reach.js';
import { RecentMap } from '../../platform/recent-map.js';

/** About 200 bytes each. */
const remembered = 20_000;

/** Tells which of a caller's tenants owns a thing. */
@Injectable()
export class Owners {
  private readonly recent = new RecentMap<string, string>(remembered);

  constructor(private readonly lookups: OwnerLookups) {}

  /**
   * At once, from memory; undefined when `find` has to tell. Only what is the caller's own is answered so: a foreign thing is asked for
   * like one that does not exist, and takes as long.
   */
  recall(kind: OwnedKind, idOrName: string, tenants: readonly TenantRef[]): string | undefined {
    const known = this.recent.get(keyOf(kind, idOrName));
    if (known !== undefined && tenants.some(({ id }) => id === known)) return known;
    return this.lookups.of(kind).recall?.(idOrName, tenants);
  }

  /** @returns undefined for a thing that is somebody else's or nobody's */
  async find(kind: OwnedKind, idOrName: string, tenants: readonly TenantRef[]): Promise<string | undefined> {
    const recalled = this.recall(kind, idOrName, tenants);
    if (recalled !== undefined) return recalled;
    const lookup = this.lookups.of(kind);
    const owner = await lookup.find(idOrName, tenants);
    if (owner !== undefined && lookup.lasting) this.recent.set(keyOf(kind, idOrName), owner);
    return owner;
  }
}

function keyOf(kind: OwnedKind, idOrName: string): string {
  return `${kind}/${idOrName}`;
}
