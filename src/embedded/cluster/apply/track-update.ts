import { compare } from './fields/comparison.js';
import { difference, type FieldSet, isEmptySet, NO_FIELDS, pathSet, union, withoutBelow } from './fields/field-set.js';
import {
  capUpdaters,
  identityOf,
  type Owner,
  type Owners,
  readOwners,
  withoutFields,
  writeOwners,
} from './fields/managers.js';
import { resetFields, SYSTEM_FIELDS, withManagedFields, withoutManagedFields } from './fields/reset-fields.js';
import { isEmptyObject, type JsonObject, valueAt } from './json.js';
import { isBuiltin, typeOf } from './schema.js';

export interface Update {
  readonly apiVersion: string;
  readonly kind: string;
  /** absent for a create */
  readonly live: JsonObject | undefined;
  /** the whole object as it is to be stored; its managedFields may be what a client sent */
  readonly updated: JsonObject;
  /** the field manager; empty counts as `unknown` */
  readonly manager: string;
  readonly subresource?: string;
  /** RFC 3339 with whole seconds */
  readonly time: string;
  /** whether the kind has a status subresource; known for builtin kinds */
  readonly hasStatus?: boolean;
}

const NO_OWNERS: Owners = new Map();
const REPLICAS: FieldSet = pathSet(['f:spec', 'f:replicas']);

/**
 * Gives a created, replaced or patched object its managedFields: what changed belongs to the writer from now on, what
 * went belongs to nobody. An object whose managedFields were emptied is not tracked again until somebody applies it.
 */
export function trackUpdate(update: Update): JsonObject {
  const { live, updated, time } = update;
  const owners = ownersToStartFrom(update);
  if (owners.size === 0 && live !== undefined) return withoutManagedFields(updated);
  const { own, lost } = changes(update);
  if (isEmptySet(own) && isEmptySet(lost)) return sameManagedFields(update, owners);
  const next = withoutFields(owners, lost);
  if (!isEmptySet(own)) addFields(next, updater(update), own, time);
  return withManagedFields(updated, writeOwners(capUpdaters(next)));
}

/** Managers that stand in the written object win, so that clients can edit them; `[]` and `[{}]` forget them all. */
function ownersToStartFrom({ live, updated, subresource }: Update): Owners {
  const before = valueAt(live, 'metadata', 'managedFields');
  const sent = valueAt(updated, 'metadata', 'managedFields');
  if (subresource === undefined || subresource === '') {
    if (isReset(sent)) return NO_OWNERS;
    const given = sent === before ? undefined : readOwners(sent);
    if (given !== undefined && given.size > 0) return given;
  }
  return readOwners(before) ?? NO_OWNERS;
}

function isReset(managedFields: unknown): boolean {
  if (!Array.isArray(managedFields) || managedFields.length > 1) return false;
  return managedFields.every((entry) => isEmptyObject(entry));
}

/** What the writer gains, and what everybody loses. */
function changes(update: Update): { own: FieldSet; lost: FieldSet } {
  const { apiVersion, kind, live, updated, subresource = '' } = update;
  const type = typeOf(apiVersion, kind);
  const reset = resetFields(type, subresource, update.hasStatus ?? isBuiltin(apiVersion, kind));
  const before = withoutManagedFields(live ?? {});
  const difference_ = compare(type, before, withoutManagedFields(updated));
  const changed = withoutBelow(difference_.changed, reset);
  const removed = withoutBelow(difference_.removed, reset);
  // Zero replicas are not written in a Scale, so to it they look removed: they then belong to nobody.
  if (subresource === 'scale') return scaleChanges(updated, changed, removed);
  return { own: difference(changed, SYSTEM_FIELDS), lost: union(changed, removed) };
}

function scaleChanges(updated: JsonObject, changed: FieldSet, removed: FieldSet): { own: FieldSet; lost: FieldSet } {
  if (isEmptySet(changed) && isEmptySet(removed)) return { own: NO_FIELDS, lost: NO_FIELDS };
  return { own: valueAt(updated, 'spec', 'replicas') === 0 ? NO_FIELDS : REPLICAS, lost: REPLICAS };
}

function updater({ manager, apiVersion, subresource = '' }: Update): Omit<Owner, 'fields' | 'time'> {
  return { manager: manager === '' ? 'unknown' : manager, operation: 'Update', apiVersion, subresource };
}

function addFields(
  owners: Map<string, Owner>,
  who: Omit<Owner, 'fields' | 'time'>,
  fields: FieldSet,
  time: string,
): void {
  const identity = identityOf(who);
  const earlier = owners.get(identity)?.fields ?? NO_FIELDS;
  owners.set(identity, { ...who, time, fields: union(fields, earlier) });
}

/** Nothing changed hands: keeps the very list that is there, so that nothing is written anew. */
function sameManagedFields({ live, updated }: Update, owners: Owners): JsonObject {
  const before = valueAt(live, 'metadata', 'managedFields');
  const sent = valueAt(updated, 'metadata', 'managedFields');
  if (sent !== undefined && sent === before) return updated;
  const isLive = Array.isArray(before) && (sent === undefined || !Array.isArray(sent));
  return withManagedFields(updated, isLive ? before : writeOwners(owners));
}
