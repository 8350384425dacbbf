import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';
import { pathOf, type PublishedRoute, publishedRoutes } from './access/routes.js';
import { makeWorld, type World } from './access/world.js';

/** Where it is noted that somebody called, which every request does. */
const ofEveryRequest: readonly string[] = ['api_key_uses', 'rate_limit_windows'];

/** Where it is kept how far something has been counted, which a look brings up to now (docs/decisions/0045). */
const counted: readonly string[] = ['quota_accounts'];

/** Looks at the cluster, and writes down as the system's what is seen there; nothing is asked for. */
const looking: ReadonlySet<string> = new Set(['getInstance']);

describe('every published GET', () => {
  let service: TestService;
  let world: World;
  let gets: PublishedRoute[];

  beforeAll(async () => {
    // Nobody works in the background: what changes, a request has changed.
    service = await startTestService({ TENANTRY_ROLES: 'api' });
    world = await makeWorld(service.url, service.database, operatorKey);
    gets = (await publishedRoutes(service.url)).filter(({ method }) => method === 'GET');
  });
  afterAll(() => service.stop());

  async function send(route: PublishedRoute): Promise<Response> {
    const caller = route.of === 'my' ? 'owner' : 'the first operator';
    const controller = new AbortController();
    const answer = await fetch(service.url + pathOf(route, world.things.own), {
      headers: { authorization: world.callers[caller] ?? '' },
      redirect: 'manual',
      signal: controller.signal,
    });
    const isStream = answer.headers.get('content-type') === 'text/event-stream';
    if (!isStream) await answer.arrayBuffer();
    controller.abort();
    return answer;
  }

  /** What each table holds, as a digest. */
  async function everything(): Promise<Record<string, string>> {
    const { database } = service;
    const tables = await database.sql<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const digests = tables
      .filter(({ name }) => ![...ofEveryRequest, ...counted].includes(name))
      .map(
        ({ name }) =>
          `select '${name}' as name, coalesce(md5(string_agg(t::text, '' order by t::text)), '') as digest from public.${name} t`,
      );
    const rows = await database.sql<{ name: string; digest: string }>(digests.join(' union all '));
    return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
  }

  it('leaves every row as it was, and sends nobody elsewhere', async () => {
    const faults: string[] = [];
    const served: string[] = [];
    let before = await everything();
    for (const route of gets) {
      const { status, headers } = await send(route);
      if (status === 200) served.push(route.name);
      if ((status >= 300 && status < 400) || headers.has('location')) faults.push(`${route.name}: leads elsewhere`);
      const after = await everything();
      const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
      if (changed.length > 0 && !looking.has(route.name)) faults.push(`${route.name}: changed ${changed.join(', ')}`);
      before = after;
    }
    expect(faults).toEqual([]);
    expect(served.length).toBeGreaterThan(25);
  });
});
