import { isObject, type JsonObject } from '../json.js';
import {
  difference,
  type FieldSet,
  isEmptySet,
  isFieldSet,
  NO_FIELDS,
  sameSet,
  sortedSet,
  union,
} from './field-set.js';

/** One entry of managedFields, taken apart. The time is RFC 3339 and absent when the owner never changed anything. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Owners by identity: two entries with one identity are one owner. */
export type Owners = ReadonlyMap<string, Owner>;

const MAX_UPDATERS = 10;
const OLDEST_UPDATERS = 'ancient-changes';

/** Names an owner; an applier is the same whatever version it applies in. Sorting identities sorts conflicts as the API server does. */
export function identityOf({ manager, operation, apiVersion, subresource }: Omit<Owner, 'fields' | 'time'>): string {
  const version = operation === 'Apply' ? {} : { apiVersion };
  return JSON.stringify({ manager, operation, ...version, ...(subresource === '' ? {} : { subresource }) });
}

/** Reads managedFields; undefined when an entry is not understood. */
export function readOwners(managedFields: unknown): Owners | undefined {
  const owners = new Map<string, Owner>();
  if (!Array.isArray(managedFields)) return owners;
  for (const entry of managedFields) {
    const owner = readOwner(entry);
    if (owner === undefined) return undefined;
    owners.set(identityOf(owner), owner);
  }
  return owners;
}

function readOwner(entry: unknown): Owner | undefined {
  if (!isObject(entry)) return undefined;
  const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = entry;
  if ((operation !== 'Apply' && operation !== 'Update') || fieldsType !== 'FieldsV1') return undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '') return undefined;
  return {
    manager: typeof manager === 'string' ? manager : '',
    operation,
    apiVersion,
    subresource: typeof subresource === 'string' ? subresource : '',
    time: typeof time === 'string' ? time : undefined,
    fields: isFieldSet(fieldsV1) ? fieldsV1 : NO_FIELDS,
  };
}

/** Writes managedFields in the order of the API server: appliers first, then by time and name. */
export function writeOwners(owners: Owners): JsonObject[] {
  return [...owners.values()].sort(byOrder).map(writeOwner);
}

function writeOwner({ manager, operation, apiVersion, subresource, time, fields }: Owner): JsonObject {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: sortedSet(fields),
    ...(subresource === '' ? {} : { subresource }),
  };
}

function byOrder(left: Owner, right: Owner): number {
  return (
    compareTexts(left.operation, right.operation) ||
    seconds(left) - seconds(right) ||
    compareTexts(left.manager, right.manager) ||
    compareTexts(left.apiVersion, right.apiVersion) ||
    compareTexts(left.subresource, right.subresource)
  );
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function seconds({ time }: Owner): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

/** All fields that anybody owns. */
export function ownedByAnybody(owners: Owners): FieldSet {
  let fields = NO_FIELDS;
  for (const owner of owners.values()) fields = union(fields, owner.fields);
  return fields;
}

/** Takes fields away from every owner but one; whoever is left with nothing is no owner any more. */
export function withoutFields(owners: Owners, fields: FieldSet, except?: string): Map<string, Owner> {
  const rest = new Map<string, Owner>();
  for (const [identity, owner] of owners) {
    const left = identity === except ? owner.fields : difference(owner.fields, fields);
    if (!isEmptySet(left)) rest.set(identity, left === owner.fields ? owner : { ...owner, fields: left });
  }
  return rest;
}

/** True when the same owners own the same fields, whenever they got them. */
export function sameOwnership(left: Owners, right: Owners): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [identity, owner] of left) {
    const other = right.get(identity);
    if (other === undefined || other.apiVersion !== owner.apiVersion || !sameSet(owner.fields, other.fields)) {
      return false;
    }
  }
  return true;
}

/** At most ten updaters are told apart; the oldest ones beyond that become one owner per version. */
export function capUpdaters(owners: Owners): Owners {
  const updaters = [...owners].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= MAX_UPDATERS) return owners;
  updaters.sort(([a, left], [b, right]) => seconds(left) - seconds(right) || compareTexts(a, b));
  const capped = new Map(owners);
  const firstOf = new Map<string, string>();
  let count = updaters.length;
  for (const [identity, owner] of updaters) {
    if (count <= MAX_UPDATERS) break;
    const first = firstOf.get(owner.apiVersion);
    if (first === undefined) {
      firstOf.set(owner.apiVersion, identity);
      continue;
    }
    mergeIntoOldest(capped, first, identity);
    count -= 1;
  }
  return capped;
}

function mergeIntoOldest(owners: Map<string, Owner>, first: string, identity: string): void {
  const owner = owners.get(identity);
  if (owner === undefined) return;
  const bucket: Owner = { ...owner, manager: OLDEST_UPDATERS, operation: 'Update', subresource: '' };
  const id = identityOf(bucket);
  const earlier = owners.get(id) ?? owners.get(first);
  if (!owners.has(id)) owners.delete(first);
  owners.delete(identity);
  owners.set(id, { ...bucket, fields: union(owner.fields, earlier?.fields ?? NO_FIELDS) });
}
