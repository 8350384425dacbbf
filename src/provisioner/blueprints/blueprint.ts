import { z } from 'zod';
import { planName } from '../../tenants/tenant.js';

const rfc1123Name = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const quantity = (example: string): z.ZodString =>
  z.string().regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, `a Kubernetes quantity, such as ${example}`);

/** A value must not be able to pass for a flag of helm, wherever it ends up on the command line. */
const argument = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^-\s\0][^\s\0]*$/, 'must not begin with a dash or hold white space');

const chart = z
  .union(
    [
      z.strictObject({
        path: z
          .string()
          .min(1)
          .max(500)
          .regex(/^[^-\0][^\0]*$/, 'must not begin with a dash'),
      }),
      z.strictObject({ oci: argument.startsWith('oci://'), version: argument.max(100) }),
      z.strictObject({
        repository: argument.regex(/^https?:\/\//, 'an http(s) address'),
        name: argument.max(100),
        version: argument.max(100),
      }),
    ],
    'one of {path}, {oci, version}, {repository, name, version}',
  )
  .meta({ id: 'ChartSource' });

const jsonObject = z.record(z.string(), z.json());

const peerRules = z.array(jsonObject).max(50);

/** What an operator posts to publish a blueprint version. Seconds are seconds; pointers are RFC 6901. */
export const blueprintSpec = z
  .strictObject({
    name: z.string().regex(rfc1123Name, 'lower-case letters, digits and dashes; at most 63'),
    chart,
    values: jsonObject.default({}),
    values_schema: jsonObject.optional(),
    readiness: z
      .strictObject({
        timeout_seconds: z.number().int().min(1).max(86_400).default(180),
        deadline_seconds: z.number().int().min(1).max(86_400).default(600),
      })
      .refine((r) => r.deadline_seconds >= r.timeout_seconds, {
        path: ['deadline_seconds'],
        message: 'must not be shorter than timeout_seconds',
      })
      .prefault({}),
    drift: z.strictObject({ mode: z.enum(['off', 'warn', 'repair']).default('warn') }).prefault({}),
    deletion: z.strictObject({ volumes: z.enum(['retain', 'delete']).default('delete') }).prefault({}),
    resources_by_plan: z
      .record(planName, z.strictObject({ cpu: quantity('500m'), memory: quantity('512Mi') }))
      .default({}),
    pod_security: z.enum(['restricted', 'baseline', 'privileged']).default('restricted'),
    network: z
      .strictObject({ ingress: peerRules.default([]), egress: peerRules.default([]) })
      .prefault({})
      .describe('NetworkPolicy rules that are allowed beside traffic inside the namespace and DNS'),
    hostname: z
      .strictObject({
        value: z.string().regex(/^(\/[^/]+)+$/, 'a JSON pointer into the values'),
        template: z
          .string()
          .regex(/^[a-z0-9.{}_-]{1,253}$/, 'letters, digits, dots, dashes, {tenant} and {instance}')
          .optional(),
      })
      .optional()
      .describe('Where the values hold the host name, and what it is made of when they leave it empty'),
    start_order: z
      .array(z.string().min(1).max(253))
      .max(100)
      .default([])
      .describe('Names of workloads, supporting ones first; stopping goes the other way'),
  })
  .meta({ id: 'BlueprintSpec' });

export type BlueprintSpec = z.infer<typeof blueprintSpec>;

/** A published version. `version` counts from 1 for each name and never changes its spec. */
export const blueprint = blueprintSpec
  .extend({ id: z.uuid(), version: z.number().int().positive(), created_at: z.iso.datetime() })
  .meta({ id: 'Blueprint' });

export type Blueprint = z.infer<typeof blueprint>;

const starterResources = { cpu: '1', memory: '1Gi' };
const defaultResources: ReadonlyMap<string, { cpu: string; memory: string }> = new Map(
  Object.entries({
    free: { cpu: '500m', memory: '512Mi' },
    starter: starterResources,
    professional: { cpu: '2', memory: '4Gi' },
    enterprise: { cpu: '8', memory: '16Gi' },
  }),
);

/** What all pods of an instance may use together on the tenant's plan. Of a plan that is the operator's own: as on starter, unless told. */
export function resourcesOf(spec: BlueprintSpec, plan: string): { cpu: string; memory: string } {
  const told = Object.hasOwn(spec.resources_by_plan, plan) ? spec.resources_by_plan[plan] : undefined;
  return told ?? defaultResources.get(plan) ?? starterResources;
}
