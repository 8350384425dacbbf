import { z } from 'zod';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { booleanText, dnsLabel } from '../../platform/http/schemas.js';
import { operation } from '../operations/operation.js';
import { instance, instanceStatuses } from './instance.js';

const tag = 'instances';

/** Also the helm release, whose names are shorter than other labels. */
const instanceName = dnsLabel(53);
const tenantParameter = z.string().min(1).max(63).describe('The id or the slug');
const instanceParameter = z.strictObject({ instance: z.uuid() });

const spec = {
  blueprint: dnsLabel(63),
  version: z.number().int().min(1).max(1_000_000_000).optional().describe('The newest unless told'),
  values: z.record(z.string(), z.json()).default({}).describe('A secret that reads `***` stays as it is'),
};
const newInstance = z
  .strictObject({ name: instanceName.optional().describe('The name of the blueprint unless told'), ...spec })
  .meta({ id: 'NewInstance' });

const requested = z.object({ instance, operation }).meta({ id: 'RequestedInstance' });
const unchanged = z.object({ instance, operation: z.null() }).meta({ id: 'UnchangedInstance' });
const accepted = z.object({ operation }).meta({ id: 'AcceptedOperation' });
const operationLocation = { Location: 'The operation.' };

/** Where something would run of a tenant that pays for nothing now. */
const suspended = { payment_required: ['subscription_suspended'] } as const;

const requestProblems = {
  ...suspended,
  not_found: ['tenant_not_found'],
  conflict: ['host_taken', 'namespace_taken', 'operation_in_progress', 'illegal_state', 'tenant_deleting', 'conflict'],
  unprocessable: ['blueprint_not_found', 'values_invalid'],
} as const;

export const createInstance = defineRoute({
  name: 'createInstance',
  method: 'POST',
  path: '/v1/tenants/{tenant}/instances',
  tag,
  summary: 'Give a tenant an instance',
  access: { scope: 'instances:write', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant: tenantParameter }),
  body: newInstance,
  answers: {
    202: { description: 'Accepted: the operation provisions it.', schema: requested, headers: operationLocation },
  },
  problems: { ...requestProblems, conflict: ['name_taken', ...requestProblems.conflict] },
});

export const putInstance = defineRoute({
  name: 'putInstance',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/instances/{name}',
  tag,
  summary: 'Make an instance be this',
  description:
    'Creates it, or changes it to this spec. The same request again does nothing, however often and at once it is sent.',
  access: { scope: 'instances:write', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant: tenantParameter, name: instanceName }),
  body: z
    .strictObject({ name: instanceName.optional().describe('Must be the one in the path'), ...spec })
    .meta({ id: 'InstanceSpec' }),
  answers: {
    200: { description: 'Nothing differs.', schema: unchanged },
    202: { description: 'The operation makes it so.', schema: requested, headers: operationLocation },
  },
  problems: requestProblems,
});

const listQuery = z.strictObject({
  ...pageQuery(z.uuid()),
  tenant: tenantParameter.optional(),
  status: z.enum(instanceStatuses).optional(),
  blueprint: dnsLabel(63).optional(),
});

export const listInstances = defineRoute({
  name: 'listInstances',
  method: 'GET',
  path: '/v1/instances',
  tag,
  summary: 'Instances, oldest first',
  access: { scope: 'instances:read', of: 'own' },
  query: listQuery,
  answers: { 200: { description: 'A page of instances.', schema: page(instance) } },
  problems: { not_found: ['tenant_not_found'] },
});

export const listMyInstances = defineRoute({
  name: 'listMyInstances',
  method: 'GET',
  path: '/v1/my/instances',
  tag: 'my',
  summary: 'The instances of your tenants, oldest first',
  access: { scope: 'instances:read', of: 'my' },
  query: listQuery,
  answers: { 200: { description: 'A page of instances.', schema: page(instance) } },
  problems: { not_found: ['tenant_not_found'] },
});

export const getInstance = defineRoute({
  name: 'getInstance',
  method: 'GET',
  path: '/v1/instances/{instance}',
  tag,
  summary: 'One instance',
  description:
    'Answered from the database; `synced_at` says how fresh it is. What was seen over 30 s ago is looked at again meanwhile.',
  access: { scope: 'instances:read', of: 'instance', param: 'instance' },
  params: instanceParameter,
  answers: { 200: { description: 'The instance.', schema: instance } },
  problems: { not_found: ['instance_not_found'] },
});

function action<const Name extends string, const Verb extends string>(name: Name, verb: Verb, summary: string) {
  return defineRoute({
    name,
    method: 'POST',
    path: `/v1/instances/{instance}/${verb}`,
    tag,
    summary,
    access: { scope: 'instances:write', of: 'instance', param: 'instance' },
    params: instanceParameter,
    answers: { 202: { description: 'Accepted.', schema: accepted, headers: operationLocation } },
    problems: {
      ...suspended,
      not_found: ['instance_not_found'],
      conflict: ['illegal_state', 'operation_in_progress'],
    },
  });
}

export const startInstance = action('startInstance', 'start', 'Bring a stopped instance back');
export const stopInstance = action('stopInstance', 'stop', 'Take an instance to zero; its data stays');
export const restartInstance = action('restartInstance', 'restart', 'Replace the pods one by one');
export const repairInstance = action('repairInstance', 'repair', 'Make the cluster hold what the database says');

export const upgradeInstance = defineRoute({
  name: 'upgradeInstance',
  method: 'POST',
  path: '/v1/instances/{instance}/upgrade',
  tag,
  summary: 'Change the version, the values, or both',
  description:
    'What the body leaves out stays as it is. An upgrade whose pods do not become ready goes back to the last good revision.',
  access: { scope: 'instances:write', of: 'instance', param: 'instance' },
  params: instanceParameter,
  body: z
    .strictObject({ version: spec.version, values: z.record(z.string(), z.json()).optional() })
    .meta({ id: 'InstanceUpgrade' }),
  answers: {
    200: { description: 'Nothing differs.', schema: unchanged },
    202: { description: 'Accepted.', schema: requested, headers: operationLocation },
  },
  problems: { ...requestProblems, not_found: ['instance_not_found'] },
});

export const uninstallInstance = defineRoute({
  name: 'uninstallInstance',
  method: 'DELETE',
  path: '/v1/instances/{instance}',
  tag,
  summary: 'Uninstall an instance',
  description:
    'Cancels a create that is under way. Ends when the namespace is proven gone, or names what holds it. Asked for again, it is the same operation, unless `retain_data` says something else: 409.',
  access: { scope: 'instances:write', of: 'instance', param: 'instance' },
  params: instanceParameter,
  query: z.strictObject({
    retain_data: booleanText.optional().describe("Keep the volumes; the blueprint's policy unless told"),
  }),
  headers: z.object(ifMatch),
  answers: { 202: { description: 'Accepted.', schema: accepted, headers: operationLocation } },
  problems: {
    not_found: ['instance_not_found'],
    conflict: ['illegal_state', 'operation_in_progress'],
    precondition_failed: ['precondition_failed'],
  },
});
