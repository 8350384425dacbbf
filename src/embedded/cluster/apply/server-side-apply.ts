import { badRequest, type StatusCause, StatusError } from '../store/status-error.js';
import { applyDefaults } from './defaults.js';
import { compare, type Comparison } from './fields/comparison.js';
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  pathsOf,
  union,
  withoutBelow,
} from './fields/field-set.js';
import { allowedByLastApplied, withLastApplied } from './fields/last-applied.js';
import {
  identityOf,
  type Owner,
  ownedByAnybody,
  type Owners,
  readOwners,
  sameOwnership,
  withoutFields,
  writeOwners,
} from './fields/managers.js';
import { mergeApplied } from './fields/merge.js';
import { ownedFields } from './fields/owned-fields.js';
import { printPath } from './fields/path-element.js';
import { prune } from './fields/prune.js';
import {
  keepResetFields,
  resetFields,
  SYSTEM_FIELDS,
  withManagedFields,
  withoutManagedFields,
} from './fields/reset-fields.js';
import { type JsonObject, sameJson, valueAt } from './json.js';
import { isBuiltin, typeOf } from './schema.js';
import { storedForm } from './schema/stored-form.js';
import type { StructNode } from './schema/type-node.js';
import { conversionFault, typedPatchFault } from './typed-patch.js';

export interface Apply {
  readonly apiVersion: string;
  readonly kind: string;
  /** absent when the object is to be created */
  readonly live: JsonObject | undefined;
  /** the body of the request; name and namespace are filled in */
  readonly applied: JsonObject;
  /** the field manager */
  readonly manager: string;
  /** takes conflicting fields from their owners instead of refusing */
  readonly force: boolean;
  readonly subresource?: string;
  /** RFC 3339 with whole seconds */
  readonly time: string;
  /** whether the kind has a status subresource; known for builtin kinds */
  readonly hasStatus?: boolean;
}

export interface Applied {
  /** the object to store, defaulted, with its managedFields; the live one itself when nothing changed */
  readonly object: JsonObject;
  readonly changed: boolean;
}

interface Conflict {
  readonly owner: Owner;
  readonly fields: FieldSet;
}

interface Plan {
  readonly type: StructNode;
  readonly reset: FieldSet;
  readonly applier: Omit<Owner, 'fields' | 'time'>;
  readonly live: JsonObject;
  readonly applied: JsonObject;
  readonly owners: Owners;
}

/**
 * Server-side apply: merges the applied object into the live one, takes out what this manager applied before and does
 * not now, and records who owns what. Throws StatusError: 409 with a cause per conflicting field, 500 for an object that
 * does not fit its type, 400 for one that carries managedFields or another kind.
 */
export function applyServerSide(apply: Apply): Applied {
  const plan = planOf(apply);
  const merged = mergePlan(plan);
  const conflicts = apply.force ? [] : conflictsOf(merged, apply.live, plan);
  if (conflicts.length > 0) throw conflictError(conflicts);
  return finish(apply, plan, takeOver(merged));
}

function planOf(apply: Apply): Plan {
  const { apiVersion, kind, live, manager, subresource = '' } = apply;
  if (apply.applied['apiVersion'] !== apiVersion || apply.applied['kind'] !== kind) {
    throw badRequest(
      `invalid object type: ${String(apply.applied['apiVersion'])}, Kind=${String(apply.applied['kind'])}`,
    );
  }
  if (valueAt(apply.applied, 'metadata', 'managedFields') !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const type = typeOf(apiVersion, kind);
  const fault = typedPatchFault(type, apply.applied) ?? conversionFault(type, apply.applied);
  if (fault !== undefined) throw new StatusError(500, '', fault);
  const reset = resetFields(type, subresource, apply.hasStatus ?? isBuiltin(apiVersion, kind));
  return {
    type,
    reset,
    applier: { manager: manager === '' ? 'unknown' : manager, operation: 'Apply', apiVersion, subresource },
    live: withoutManagedFields(live ?? {}),
    applied: subresource === 'status' ? statusOnly(apply.applied) : keepResetFields(reset, undefined, apply.applied),
    owners: ownersBefore(apply, type),
  };
}

/** What of an object counts when its status is applied. */
function statusOnly({ apiVersion, kind, metadata, status }: JsonObject): JsonObject {
  const name = { name: valueAt(metadata, 'name'), namespace: valueAt(metadata, 'namespace') };
  return { apiVersion, kind, metadata: name, ...(status === undefined ? {} : { status }) };
}

/** An object that was never tracked is taken as written by `before-first-apply`, so that nothing of it is lost. */
function ownersBefore({ live, apiVersion, time, subresource = '' }: Apply, type: StructNode): Owners {
  const owners = readOwners(valueAt(live, 'metadata', 'managedFields'));
  if (owners === undefined) throw new StatusError(500, '', 'failed to decode managed fields');
  if (owners.size > 0 || live === undefined) return owners;
  const { changed } = compare(type, {}, live);
  const fields = difference(changed, SYSTEM_FIELDS);
  const first: Omit<Owner, 'fields'> = {
    manager: 'before-first-apply',
    operation: 'Update',
    apiVersion,
    subresource,
    time,
  };
  return isEmptySet(fields) ? owners : new Map([[identityOf(first), { ...first, fields }]]);
}

interface Merged {
  readonly object: JsonObject;
  readonly owners: Owners;
}

/** Takes changed and removed fields from everybody else, and system fields from the applier. */
function takeOver({ object, owners, comparison, identity }: MergedPlan): Merged {
  const next = withoutFields(owners, union(comparison.changed, comparison.removed), identity);
  const own = next.get(identity);
  if (own === undefined) return { object, owners: next };
  const fields = difference(own.fields, SYSTEM_FIELDS);
  if (isEmptySet(fields)) next.delete(identity);
  else next.set(identity, { ...own, fields });
  return { object, owners: next };
}

interface MergedPlan extends Merged {
  readonly comparison: Comparison;
  readonly identity: string;
}

function mergePlan(plan: Plan): MergedPlan {
  const { type, reset, live, applied, applier } = plan;
  const identity = identityOf(applier);
  const last = plan.owners.get(identity);
  const fields = withoutBelow(ownedFields(type, applied), reset);
  const owners = new Map(plan.owners).set(identity, { ...applier, time: last?.time, fields });
  const merged = mergeApplied(type, live, applied);
  const object = last === undefined ? merged : prune(type, merged, last.fields, ownedByAnybody(owners));
  const { changed, removed } = compare(type, live, object);
  const comparison = { changed: withoutBelow(changed, reset), removed: withoutBelow(removed, reset) };
  return { object, owners, comparison, identity };
}

/**
 * Fields that would change and that somebody else owns, by owner. kubectl takes over what its client-side apply wrote:
 * those fields are named in the annotation it left.
 */
function conflictsOf(merged: MergedPlan, live: JsonObject | undefined, plan: Plan): Conflict[] {
  const { owners, identity: applier, comparison } = merged;
  if (isEmptySet(comparison.changed)) return [];
  const conflicts = [...owners.keys()].sort().flatMap((identity) => {
    const owner = owners.get(identity);
    if (owner === undefined || identity === applier) return [];
    return conflictWith(owner, intersection(owner.fields, comparison.changed));
  });
  if (conflicts.length === 0 || plan.applier.manager !== 'kubectl') return conflicts;
  const allowed = allowedByLastApplied(plan.type, live, plan.applier.apiVersion);
  return conflicts.flatMap(({ owner, fields }) => conflictWith(owner, difference(fields, allowed)));
}

function conflictWith(owner: Owner, fields: FieldSet): Conflict[] {
  return isEmptySet(fields) ? [] : [{ owner, fields }];
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const listed = conflicts.map(({ owner, fields }) => ({
    owner: printOwner(owner),
    paths: [...pathsOf(fields)].map(printPath),
  }));
  const causes: StatusCause[] = listed.flatMap(({ owner, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  );
  const [only] = causes;
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${only?.message}: ${only?.field}`
      : `Apply failed with ${causes.length} conflicts: ${listed
          .map(({ owner, paths }) => [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)].join('\n'))
          .join('\n')}`;
  return new StatusError(409, 'Conflict', message, { causes });
}

function printOwner({ manager, operation, apiVersion, subresource }: Owner): string {
  const of = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${of}${using}`;
}

/** Defaults the merged object and dates the applier's entry, unless all stayed as it was. */
function finish(apply: Apply, plan: Plan, { object, owners }: Merged): Applied {
  const { apiVersion, kind, live, time } = apply;
  const same = live !== undefined && sameJson(plan.live, object);
  const form = same ? object : keepResetFields(plan.reset, live, storedForm(plan.type, object));
  const stored = same ? form : applyDefaults(apiVersion, kind, form);
  const final = apply.manager === 'kubectl' ? withLastApplied(stored, apply.applied) : stored;
  const unchanged = live !== undefined && sameJson(plan.live, final);
  if (unchanged && sameOwnership(plan.owners, owners)) return { object: live, changed: false };
  const identity = identityOf(plan.applier);
  const own = owners.get(identity);
  const dated = own === undefined || same ? owners : new Map(owners).set(identity, { ...own, time });
  return { object: withManagedFields(final, writeOwners(dated)), changed: true };
}
