import { bodyOf, declarationFaults, owned, pathOf, type PublishedRoute, signedRoutes } from './routes.js';
import type { Caller, Role, Target, World } from './world.js';

/** What a caller must meet. `admitted`: whatever follows is no longer a matter of access. */
type Expected = 401 | 403 | 404 | 'admitted';

interface Seen {
  readonly status: number;
  readonly text: string;
  /** Without what differs from request to request. */
  readonly comparable: string;
}

/** What the roles may do, as it is promised to users; written apart from the code that decides it. */
const scopesOfRoles: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['tenants:read', 'instances:read', 'usage:read', 'billing:read'],
  member: ['tenants:read', 'instances:read', 'usage:read', 'billing:read', 'instances:write'],
  owner: [
    'tenants:read',
    'instances:read',
    'instances:write',
    'usage:read',
    'usage:write',
    'billing:read',
    'audit:read',
    'keys:read',
    'keys:write',
    'members:read',
    'members:write',
  ],
};

const strangers: readonly Caller[] = ['nobody', 'a made-up key', 'an expired key', 'a revoked key', 'an expired token'];
const ofTenants: readonly (Role | 'a tenant’s key')[] = ['a tenant’s key', 'viewer', 'member', 'owner'];

/** Tries every route with every kind of caller, on what is theirs, somebody else's and nobody's. */
export class Matrix {
  readonly violations: string[] = [];
  calls = 0;
  /** How often what is foreign was asked for, and was answered as if it were not there. */
  foreign = 0;

  constructor(
    private readonly url: string,
    private readonly world: World,
  ) {}

  async run(routes: readonly PublishedRoute[]): Promise<void> {
    for (const route of routes) {
      const faults = declarationFaults(route);
      this.violations.push(...faults);
      if (route.scope === undefined) await this.tryPublic(route);
      else if (faults.every((fault) => fault.includes('does not hang on'))) await this.tryRoute(route, route.scope);
    }
  }

  private async tryPublic(route: PublishedRoute): Promise<void> {
    const seen = await this.send(route, undefined, 'nothing');
    const met = signedRoutes.has(route.name) ? seen.status === 400 : seen.status < 400;
    if (!met) this.violations.push(`${route.name}: answers ${seen.status} to the public`);
    this.mustNotTell(route, 'nobody', seen);
  }

  private async tryRoute(route: PublishedRoute, scope: string): Promise<void> {
    for (const caller of strangers) await this.expect(route, caller, this.world.callers[caller], 'own', 401);
    const other = scope === 'audit:read' ? 'usage:read' : 'audit:read';
    const operator = route.of === 'my' ? 403 : 'admitted';
    await this.expect(route, 'the first operator', this.world.callers['the first operator'], 'nothing', operator);
    await this.expect(
      route,
      `an operator with ${scope}`,
      await this.world.keyWith('operator', scope),
      'nothing',
      operator,
    );
    await this.expect(route, `an operator with ${other}`, await this.world.keyWith('operator', other), 'own', 403);
    const lacking = await this.world.keyWith('tenant', other);
    for (const target of ['own', 'foreign', 'nothing'] as const) {
      await this.expect(route, `a tenant’s key with ${other}`, lacking, target, 403);
    }
    for (const caller of ofTenants) await this.tryTenant(route, scope, caller);
  }

  private async tryTenant(route: PublishedRoute, scope: string, caller: Role | 'a tenant’s key'): Promise<void> {
    const authorization = this.world.callers[caller];
    const able = caller === 'a tenant’s key' || scopesOfRoles[caller].includes(scope);
    const allowed = route.of !== 'platform' && able;
    await this.world.restore(this.world.things.own);
    await this.expect(route, caller, authorization, 'own', allowed ? 'admitted' : 403);
    const named = route.params.some((param) => owned.has(param)) || route.filters;
    if (!named) return;
    const bySlug = [['foreign by slug', 'nothing by slug']] as const;
    const pairs = [
      ['foreign', 'nothing'] as const,
      ...(route.path.includes('{tenant}') || route.filters ? bySlug : []),
    ];
    for (const [foreign, nothing] of pairs) {
      const seen = await this.expect(route, caller, authorization, foreign, allowed ? 404 : 403);
      const absent = await this.expect(route, caller, authorization, nothing, allowed ? 404 : 403);
      if (seen.comparable !== absent.comparable) {
        this.violations.push(`${route.name}: ${caller} can tell what is ${foreign} from what is not there`);
      }
      this.foreign += 1;
    }
  }

  private async expect(
    route: PublishedRoute,
    caller: string,
    authorization: string | undefined,
    target: Target,
    expected: Expected,
  ): Promise<Seen> {
    const seen = await this.send(route, authorization, target);
    const met = expected === 'admitted' ? ![401, 403].includes(seen.status) : seen.status === expected;
    // What a tenant's caller may call on its own things is there, unless the call is about one of several things.
    const missing = expected === 'admitted' && target === 'own' && seen.status === 404;
    if (!met || missing) {
      this.violations.push(
        `${route.name}: ${caller} on ${target} met ${seen.status}, not ${expected}: ${seen.text.slice(0, 200)}`,
      );
    }
    if (!caller.includes('operator')) this.mustNotTell(route, caller, seen);
    return seen;
  }

  private mustNotTell(route: PublishedRoute, caller: string, seen: Seen): void {
    const text = withoutRefusals(seen.text);
    const told = Object.values(this.world.things.foreign).filter((id) => text.includes(id));
    if (told.length > 0) this.violations.push(`${route.name}: tells ${caller} of what is foreign: ${told.join(', ')}`);
  }

  private async send(route: PublishedRoute, authorization: string | undefined, target: Target): Promise<Seen> {
    this.calls += 1;
    const things = this.world.things[target];
    const query = route.filters ? `?tenant=${things.tenant}` : '';
    const body = bodyOf(route);
    const leave = new AbortController();
    const answer = await fetch(this.url + pathOf(route, things) + query, {
      method: route.method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: leave.signal,
    });
    // A stream need not end; that it began is the answer.
    const streams = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const text = streams ? '' : await answer.text();
    leave.abort();
    return { status: answer.status, text, comparable: comparableOf(answer, text) };
  }
}

/** What a trail says of refused attempts repeats what the caller has named: it tells nothing. */
function withoutRefusals(text: string): string {
  return text.replaceAll(/"resource_id":"[^"]*"(?=[^{}]*"after":\{"count":\d+,"reason":"not_found"\})/g, '');
}

const passing: ReadonlySet<string> = new Set([
  'date',
  'x-request-id',
  'content-length',
  'ratelimit',
  'ratelimit-policy',
]);

function comparableOf(answer: Response, text: string): string {
  const headers = [...answer.headers].filter(([name]) => !passing.has(name));
  return JSON.stringify([answer.status, headers, text.replace(/"request_id":"[^"]*"/, '')]);
}
