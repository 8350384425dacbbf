/** A tenant by both of its names: a path takes either. */
export interface TenantRef {
  readonly id: string;
  readonly slug: string;
}

/** Whose things a caller may see or change: everybody's, or those of some tenants. */
export type Reach = 'all' | readonly TenantRef[];

/** For a query's filter: the ids of tenants, or undefined where there is nothing to filter by. */
export function idsWithin(reach: Reach): string[] | undefined {
  return reach === 'all' ? undefined : reach.map(({ id }) => id);
}

/** The tenant of this id or slug among those in reach; undefined where it is somebody else's or nobody, or everything is in reach. */
export function tenantWithin(reach: readonly TenantRef[], idOrSlug: string): TenantRef | undefined {
  return reach.find(({ id, slug }) => id === idOrSlug || slug === idOrSlug);
}
