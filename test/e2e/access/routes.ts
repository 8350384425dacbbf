import { z } from 'zod';

// A parameter that routes share is a reference without a name: headers, which no route needs.
const operation = z.object({
  operationId: z.string(),
  security: z.array(z.object({ bearer: z.array(z.string()) })),
  'x-access': z.object({ of: z.string(), param: z.string().optional() }).optional(),
  parameters: z.array(z.object({ name: z.string().default(''), in: z.string().default('') })).default([]),
  requestBody: z.unknown().optional(),
});
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** A route as the service publishes it. */
export interface PublishedRoute {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Undefined: public. */
  readonly scope: string | undefined;
  /** `platform`, `own`, `my`, or the kind of thing in the path. */
  readonly of: string | undefined;
  readonly takesBody: boolean;
  readonly params: readonly string[];
  readonly filters: boolean;
}

export async function publishedRoutes(url: string): Promise<PublishedRoute[]> {
  const { paths } = document.parse(await (await fetch(`${url}/openapi.json`)).json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, published]) => ({
      name: published.operationId,
      method: method.toUpperCase(),
      path,
      scope: published.security[0]?.bearer[0],
      of: published['x-access']?.of,
      takesBody: published.requestBody !== undefined,
      params: published.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
      filters: published.parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'tenant'),
    })),
  );
}

/** Answered to everybody; a route that joins them is written down here first. */
const publicRoutes: ReadonlySet<string> = new Set([
  'listAuditKeys',
  'livez',
  'metrics',
  'openapi',
  'readyz',
  'takeStripeEvent',
]);

/** Public, and for those alone who have signed what they send. */
export const signedRoutes: ReadonlySet<string> = new Set(['takeStripeEvent']);

/** Names in paths that are things of tenants: a route with one must not answer to other tenants, whatever it declares. */
export const owned: ReadonlySet<string> = new Set([
  'tenant',
  'instance',
  'operation',
  'key',
  'grant',
  'reservation',
  'subscription',
  'credit',
  'invoice',
]);

let count = 0;
const fresh = (prefix: string): string => `${prefix}-${(count += 1)}`;

/** What the other names in paths may be. */
const otherParams: Readonly<Record<string, () => string>> = {
  name: () => fresh('matrix'),
  blueprint: () => 'web-app',
  user: () => '',
  slug: () => 'matrix_meter',
  plan: () => 'enterprise',
  feature: () => 'credits',
  event: () => 'evt_matrix',
  override: () => '0199c0de-0000-7000-8000-00000000000f',
  line: () => '1',
  run: () => '0199c0de-0000-7000-8000-000000000009',
};

/** Asks what would be too long for a path: a POST that changes nothing. */
const reading: ReadonlySet<string> = new Set(['createBillingPreview', 'openMeterQueryMeterPost']);

/** What a route takes as its body. Bodies ask for little, so that only access decides. */
const bodies: Readonly<Record<string, () => unknown>> = {
  // Refused each, once the caller is let in.
  addLlmPrices: () => ({ prices: [] }),
  addSubscriptionOverride: () => ({}),
  cancelSubscription: () => ({ at: 'period_end' }),
  createSubscription: () => ({ plan: 'nothing' }),
  moveSubscription: () => ({ plan: 'nothing' }),
  publishPlan: () => ({ plan: 'matrix' }),
  addCredit: () => ({ amount: '1', currency: 'USD', reference: fresh('matrix') }),
  changeFeature: () => ({}),
  changeTenant: () => ({}),
  commitReservation: () => ({}),
  createApiKey: () => ({ name: 'made by the matrix', scopes: ['keys:write'] }),
  changeMeter: () => ({}),
  createMeter: () => ({ slug: fresh('matrix').replace('-', '_'), event_type: 'matrix', aggregation: 'count' }),
  createMeterVersion: () => ({ valid_from: '2020-01-01T00:00:00Z', event_type: 'matrix', aggregation: 'count' }),
  createCreditNote: () => ({ reason: 'The matrix', all: true }),
  createBillingPreview: () => ({
    tenant: 'foreign',
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    currency: 'USD',
    components: [],
  }),
  createBillingRun: () => ({ dry_run: true }),
  createFeature: () => ({ slug: fresh('matrix'), name: 'Made by the matrix', kind: 'boolean' }),
  createGrant: () => ({ feature: 'credits', amount: '1' }),
  createInstance: () => ({ name: fresh('matrix'), blueprint: 'web-app' }),
  createTenant: () => ({ slug: fresh('matrix'), name: 'Made by the matrix' }),
  ingestUsageEvents: () => ({ specversion: '1.0', id: fresh('matrix'), source: 'matrix', type: 'matrix' }),
  openMeterCreateMeter: () => ({
    slug: fresh('matrix').replace('-', '_'),
    eventType: 'matrix',
    aggregation: 'COUNT',
  }),
  openMeterIngestEvents: () => ({ specversion: '1.0', id: fresh('matrix'), source: 'matrix', type: 'matrix' }),
  openMeterQueryMeterPost: () => ({}),
  openMeterUpdateMeter: () => ({}),
  openMeterUpsertSubjects: () => [{ key: fresh('matrix') }],
  payInvoice: () => ({}),
  publishBlueprint: () => ({ name: fresh('matrix'), chart: { path: 'helm/blueprints/web-app' } }),
  putBillingDetails: () => ({ name: 'The matrix' }),
  putInstance: () => ({ blueprint: 'web-app' }),
  putPlanEntitlement: () => ({ limit: null }),
  putReservation: () => ({ feature: 'credits', amount: '1' }),
  putSeller: () => ({ name: 'The matrix' }),
  putTenantEntitlement: () => ({ limit: null }),
  setCreditOverdraft: () => ({ currency: 'USD', amount: '0' }),
  putCostRate: () => ({
    effective_from: '2026-01-01T00:00:00Z',
    currency: 'USD',
    cpu_core_hour: '1',
    memory_gib_hour: '1',
  }),
  putMember: () => ({ role: 'viewer' }),
  rebuildUsage: () => ({ day: '2026-01-01' }),
  rotateApiKey: () => ({ overlap_seconds: 3_600 }),
  upgradeInstance: () => ({}),
  voidInvoice: () => ({ reason: 'The matrix' }),
  voidUsageEvent: () => ({ source: 'matrix', id: 'matrix', reason: 'The matrix' }),
  writeOffInvoice: () => ({ reason: 'The matrix' }),
};

export function bodyOf(route: PublishedRoute): unknown {
  return bodies[route.name]?.();
}

/** The path with its names filled in: with things where they are things, and with something harmless elsewhere. */
export function pathOf(route: PublishedRoute, things: Readonly<Record<string, string>>): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => things[name] ?? otherParams[name]?.() ?? '');
}

/** Why the matrix cannot try a route, or need not: its declaration is wrong already. */
export function declarationFaults(route: PublishedRoute): string[] {
  const { name, method, scope, of, takesBody, params } = route;
  const told = (fault: string): string => `${name}: ${fault}`;
  if (scope === undefined) return publicRoutes.has(name) ? [] : [told('is public, and not known to be')];
  return [
    ...(takesBody && bodies[name] === undefined ? [told('the matrix does not know what to send')] : []),
    ...params
      .filter((param) => !owned.has(param) && otherParams[param] === undefined)
      .map((param) => told(`the matrix does not know what {${param}} can be`)),
    ...(method !== 'GET' && !reading.has(name) && scope.endsWith(':read')
      ? [told(`changes something with ${scope}`)]
      : []),
    ...(of === undefined ? [told('does not say what it is about')] : []),
    ...(of !== 'platform' &&
    params.some((param) => owned.has(param)) &&
    !params.includes(of === 'api_key' ? 'key' : String(of))
      ? [told(`has {${params.join('}, {')}} in its path, and does not hang on whose that is`)]
      : []),
  ];
}
