import { type InstanceStatus, instanceStatuses } from '../../../src/provisioner/instances/instance.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';

/** The table of states. An upgrade of a stopped instance leaves it stopped, which is the one addition to it. */
const table: Record<InstanceStatus, InstanceStatus[]> = {
  provisioning: ['running', 'error', 'uninstalling'],
  running: ['degraded', 'stopping', 'restarting', 'upgrading', 'uninstalling', 'error'],
  degraded: ['running', 'stopping', 'restarting', 'upgrading', 'uninstalling', 'error'],
  stopping: ['stopped', 'error'],
  stopped: ['starting', 'upgrading', 'uninstalling', 'error'],
  starting: ['running', 'degraded', 'error'],
  restarting: ['running', 'degraded', 'error'],
  upgrading: ['running', 'degraded', 'stopped', 'error'],
  error: ['provisioning', 'starting', 'upgrading', 'uninstalling', 'running', 'stopped'],
  uninstalling: ['deprovisioned', 'error'],
  deprovisioned: ['provisioning'],
};

const pairs = instanceStatuses.flatMap((from) =>
  instanceStatuses.filter((to) => to !== from).map((to) => [from, to, table[from].includes(to)] as const),
);

describe('the states of an instance', () => {
  let test: TestDatabase;
  let world: Provisioning;
  const write = (id: string, set: string): Promise<unknown> =>
    test.sql(`update public.instances set ${set} where id = $1`, [id]);

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    await test.sql(
      `insert into public.blueprints (id, name, version, spec, digest) values (gen_random_uuid(), 'other', 1, '{}', '')`,
    );
  });
  afterAll(() => test.drop());

  it('are those of the table, in the function', async () => {
    const rows = await test.sql<{ old: string; new: string; may: boolean }>(
      `select a as old, b as new, public.instance_may_become(a, b) as may
       from unnest($1::text[]) a, unnest($1::text[]) b where a <> b order by a, b`,
      [instanceStatuses],
    );
    const known = new Map(pairs.map(([from, to, may]) => [`${from} ${to}`, may]));
    expect(rows).toHaveLength(110);
    for (const row of rows) expect([row, row.may]).toEqual([row, known.get(`${row.old} ${row.new}`)]);
  });

  it.each(pairs.filter(([, , may]) => may))('%s may become %s, whoever writes it', async (from, to) => {
    const { id } = await world.insert({ status: from });
    await write(id, `status = '${to}'`);
    expect((await world.row(id)).status).toBe(to);
  });

  it.each(pairs.filter(([, , may]) => !may))('%s never becomes %s, whoever writes it', async (from, to) => {
    const { id } = await world.insert({ status: from });
    await expect(write(id, `status = '${to}'`)).rejects.toMatchObject({
      code: 'PT409',
      hint: 'illegal_transition',
      message: `an instance that is ${from} cannot become ${to}`,
    });
    expect((await world.row(id)).status).toBe(from);
  });

  it('are no others', async () => {
    const { id } = await world.insert({ status: 'running' });
    await expect(write(id, "status = 'lost'")).rejects.toThrow('cannot become lost');
    await expect(write(id, "desired_state = 'gone'")).rejects.toThrow('instances_desired_state_check');
  });

  it.each([
    'observed = \'{"revision": 2, "ready_replicas": 1, "replicas": 1, "conditions": []}\'',
    'synced_at = now()',
    'drift_checked_at = now()',
    'repair_attempts = 3',
    'repair_after = now()',
    'ready_at = now()',
    "stopped_replicas = '{}'",
    'status = status',
  ])('keep the etag and updated_at when it is only seen again: %s', async (set) => {
    const before = await world.insert({ status: 'running' });
    await write(before.id, set);
    const after = await world.row(before.id);
    expect([after.row_version, after.updated_at]).toEqual([before.row_version, before.updated_at]);
  });

  it.each([
    "status = 'degraded'",
    "status_reason = 'because'",
    "desired_state = 'stopped'",
    'values = \'{"a": 1}\'',
    "secrets_hash = 'x'",
    'blueprint_version = 2',
    "blueprint = 'other'",
    'urls = \'["https://x"]\'',
    "applied = 'null'",
    "drift_state = 'drifted'",
    "drift_findings = '[{}]'",
    "namespace = 'elsewhere'",
  ])('get a new etag and updated_at with a change: %s', async (set) => {
    const { id, row_version: version, updated_at: time } = await world.insert({ status: 'running' });
    await write(id, set);
    const [row] = await test.sql<{ version: number; later: boolean }>(
      'select row_version::integer as version, updated_at > $2::timestamptz as later from public.instances where id = $1',
      [id, time],
    );
    expect(row).toEqual({ version: version + 1, later: true });
  });

  it('hold a namespace while they live', async () => {
    const { id, namespace } = await world.insert({ status: 'running' });
    const other = await world.insert({ status: 'running' });
    await expect(write(other.id, `namespace = '${namespace}'`)).rejects.toThrow('instances_namespace');
    await test.sql("update public.instances set status = 'uninstalling' where id = $1", [id]);
    await expect(write(other.id, `namespace = '${namespace}'`)).rejects.toThrow('instances_namespace');
    await test.sql("update public.instances set status = 'deprovisioned' where id = $1", [id]);
    await write(other.id, `namespace = '${namespace}'`);
    expect((await world.row(other.id)).namespace).toBe(namespace);
  });
});
