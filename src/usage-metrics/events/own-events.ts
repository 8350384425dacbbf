/** The types of the events that Tenantry makes itself (`sources/`). What it bills and what a margin is made of hangs on them: nobody else sends them. */
const ownTypes = ['tenantry.instance.state', 'tenantry.instance.resources', 'tenantry.api.call'] as const;
export type OwnType = (typeof ownTypes)[number];

/** The source of what Tenantry counts of its own API. */
export const apiSource = 'tenantry/api';
const instanceSources = 'tenantry/instances/';

export function instanceSource(instanceId: string): string {
  return `${instanceSources}${instanceId}`;
}

/**
 * Why an event is one that only Tenantry makes; nothing where it may be sent.
 * Its sources are its own too: whoever took an id of theirs would keep the event out that comes later.
 * @param amends the source of the event that this one replaces: one of Tenantry's may be put right by an event of the same source
 */
export function faultsOfOwn(
  { type, source }: Readonly<Record<string, unknown>>,
  amends?: string,
): { code: 'reserved_type' | 'reserved_source'; message: string }[] {
  const isOwnSource = typeof source === 'string' && (source === apiSource || source.startsWith(instanceSources));
  if (isOwnSource && source === amends) return [];
  const isOwnType = ownTypes.some((own) => own === type);
  return [
    ...(isOwnType
      ? [{ code: 'reserved_type', message: `type ${String(type)} is sent by Tenantry alone` } as const]
      : []),
    ...(isOwnSource ? [{ code: 'reserved_source', message: 'source is one of Tenantry alone' } as const] : []),
  ];
}
