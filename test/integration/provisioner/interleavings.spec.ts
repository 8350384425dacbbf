import fc from 'fast-check';
import type { ClaimedTask } from '../../../src/background-tasks/task.js';
import { LeaseLost } from '../../../src/background-tasks/task.js';
import { DatabaseError } from '../../../src/platform/database-error.js';
import { failing } from '../../../src/provisioner/operations/operation-failure.js';
import type { OperationEnd } from '../../../src/provisioner/operations/operations.store.js';
import { nothingObserved } from '../../../src/provisioner/instances/instance.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { applied, operator, Provisioning } from '../../setup/provisioning.js';
import { expireLeases } from '../../setup/tasks.js';

const names = ['one', 'two', 'three'];
const hosts = ['a.test', 'b.test'];

type Deed =
  | { readonly do: 'put'; readonly name: string; readonly replicas: number; readonly host: string | null }
  | { readonly do: 'act'; readonly name: string; readonly kind: 'start' | 'stop' | 'restart' | 'repair' | 'uninstall' }
  | { readonly do: 'cancel'; readonly name: string }
  | { readonly do: 'observe'; readonly name: string; readonly well: boolean }
  | { readonly do: 'work'; readonly end: 'well' | 'badly' | 'back' | 'unfinished' | 'never' }
  | { readonly do: 'expire' }
  | { readonly do: 'delete'; readonly cascade: boolean };

const name = fc.constantFrom(...names);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      name,
      replicas: fc.integer({ min: 1, max: 2 }),
      host: fc.constantFrom(null, ...hosts),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      name,
      kind: fc.constantFrom(
        'start' as const,
        'stop' as const,
        'restart' as const,
        'repair' as const,
        'uninstall' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('observe' as const),
      name,
      well: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      end: fc.constantFrom(
        'well' as const,
        'well' as const,
        'badly' as const,
        'back' as const,
        'unfinished' as const,
        'never' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'expire' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), cascade: fc.boolean() }) },
);

/** Requests, workers, observers and crashes on the instances of one tenant. */
class Life {
  constructor(
    private readonly world: Provisioning,
    private readonly tenantId: string,
  ) {}

  async live(step: Deed): Promise<void> {
    switch (step.do) {
      case 'put': {
        const at = step.host === null ? [] : [step.host];
        const parts = {
          values: { replicas: step.replicas },
          hosts: at,
          urls: at.map((host) => `https://${host}`),
          namespace: `${this.tenantId}-${step.name}`,
        };
        await this.world.put(step.name, parts, this.tenantId);
        return;
      }
      case 'act': {
        const id = await this.idOf(step.name);
        if (id !== undefined) await this.world.act(id, step.kind);
        return;
      }
      case 'cancel': {
        const [operation] = await this.world.operations.list(
          { reach: 'all', instanceId: (await this.idOf(step.name)) ?? this.tenantId },
          1,
          undefined,
        );
        if (operation !== undefined) await this.world.operations.cancel(operation.id, operator);
        return;
      }
      case 'observe':
        return this.observe(await this.idOf(step.name), step.well);
      case 'work':
        for (const task of await this.world.queue.claim('w', 'operations:test', 1, 60_000))
          await this.work(task, step.end);
        return;
      case 'expire':
        return expireLeases(this.world.test);
      case 'delete':
        await this.world.tenants.delete(this.tenantId, step.cascade, null, operator);
    }
  }

  /** As the judgement does: well is what is desired, and what is to be absent is never well. */
  private async observe(id: string | undefined, well: boolean): Promise<void> {
    if (id === undefined) return;
    const row = await this.world.row(id);
    const status = well && row.desired_state !== 'absent' ? row.desired_state : 'error';
    const seen = { status_reason: null, observed: nothingObserved, drift_findings: [] };
    await this.world.drift.observe(row, { status, drift_state: 'none', ...seen });
  }

  /** Ends everything that is under way, well. */
  async settle(): Promise<void> {
    await expireLeases(this.world.test);
    for (;;) {
      const tasks = await this.world.queue.claim('w', 'operations:test', 10, 60_000);
      if (tasks.length === 0) return;
      for (const task of tasks) await this.work(task, 'well');
    }
  }

  private async idOf(instance: string): Promise<string | undefined> {
    const rows = await this.world.instances.list({ reach: 'all', tenantId: this.tenantId }, 10, undefined);
    return rows.find((row) => row.name === instance)?.id;
  }

  private async work(task: ClaimedTask, end: (Deed & { do: 'work' })['end']): Promise<void> {
    const order = await this.world.operations.begin(task);
    if (order === undefined || end === 'never') return;
    if (end === 'unfinished') return this.world.queue.release(task, 0);
    const stopped = order.instance.desired_state === 'stopped';
    const status =
      { uninstall: 'deprovisioned', stop: 'stopped' }[order.operation.kind as string] ??
      (stopped ? 'stopped' : 'running');
    const good = { status, applied: status === 'deprovisioned' ? null : applied } as OperationEnd['instance'];
    const error = failing('crash_loop', 'boom');
    const ends: Record<'well' | 'badly' | 'back', OperationEnd> = {
      well: { status: 'succeeded', error: null, steps: [], instance: good },
      badly: { status: 'failed', error, steps: [], instance: { status: 'error' } },
      back: {
        status: 'failed',
        error,
        steps: [],
        instance: { status: stopped ? 'stopped' : 'running', rolled_back: true },
      },
    };
    const way = end === 'back' && order.operation.kind !== 'upgrade' ? 'badly' : end;
    await this.world.operations.finish(task, ends[way], operator);
  }
}

/** What must hold at any moment; each query finds what breaks it. */
const invariants: [string, string][] = [
  [
    'what is between two states has an operation that brings it on',
    `select status from public.instances i where status in ('provisioning', 'stopping', 'starting', 'restarting', 'upgrading', 'uninstalling')
       and not exists (select from public.operations o where o.instance_id = i.id and o.status in ('queued', 'running'))`,
  ],
  [
    'an operation that has not ended has a task that will be claimed, and one that has ended has none',
    `select o.kind, o.status, t.state from public.operations o join public.tasks t using (id)
       where (o.status in ('queued', 'running')) <> (t.state in ('ready', 'running'))`,
  ],
  [
    'of an instance one operation runs, and what waits behind it is an uninstall',
    `select instance_id from public.operations where status in ('queued', 'running')
       group by instance_id having count(*) > 1 and (count(*) > 2 or bool_and(kind <> 'uninstall'))`,
  ],
  [
    'a host belongs to an instance that lives',
    "select host from public.instance_hosts h join public.instances i on i.id = h.instance_id where i.status = 'deprovisioned'",
  ],
  [
    'every address that is shown is held',
    `select url from public.instances i, jsonb_array_elements_text(urls) url where status <> 'deprovisioned'
       and not exists (select from public.instance_hosts h where h.instance_id = i.id and 'https://' || h.host = url)`,
  ],
  [
    'a tenant that is deleted has nothing that lives',
    "select t.id from public.tenants t join public.instances i on i.tenant_id = t.id where t.deleted_at is not null and i.status <> 'deprovisioned'",
  ],
  [
    'an operation that has ended says when',
    "select id from public.operations where (finished_at is not null) <> (status in ('succeeded', 'failed', 'cancelled'))",
  ],
];

describe('whatever happens to instances, at once and in any order', () => {
  let test: TestDatabase;
  let world: Provisioning;

  const broken = async (): Promise<unknown[]> => {
    const found = await Promise.all(invariants.map(async ([what, query]) => ({ what, rows: await test.sql(query) })));
    return found.filter(({ rows }) => rows.length > 0);
  };
  /** Refusals are answers; anything else that is thrown is a fault. */
  const isFault = (reason: unknown): boolean =>
    !(reason instanceof LeaseLost) &&
    !(reason instanceof DatabaseError && ['host_taken', 'operation_in_progress'].includes(reason.hint ?? ''));

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('nothing is left between two states, nothing waits for ever, and everything ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 10 }),
        async (rounds) => {
          const life = new Life(world, await world.tenant());
          for (const together of rounds) {
            const ends = await Promise.allSettled(together.map((step) => life.live(step)));
            const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
            expect(reasons.filter(isFault)).toEqual([]);
            expect(await broken()).toEqual([]);
          }
          await life.settle();
          expect(await test.sql("select kind from public.operations where status in ('queued', 'running')")).toEqual(
            [],
          );
          expect(await broken()).toEqual([]);
          // The next life may want the same hosts.
          await test.sql("delete from public.instance_hosts; update public.instances set urls = '[]'");
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
