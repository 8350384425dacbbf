import type { SupabaseClient } from '@supabase/supabase-js';
import { newId } from '../../../src/platform/ids.js';
import { exposedRelations, type Relation } from '../../setup/exposed-schema.js';
import { operator } from '../../setup/provisioning.js';
import { TwoTenants } from '../../setup/two-tenants.js';
import { clientOf } from '../../setup/user-tokens.js';

const words = (text: string): string[] => text.split(' ');

/** What a member may read past Tenantry, and why not the rest: docs/decisions/0026. All other tables and views are closed. */
const open: Readonly<Record<string, readonly string[]>> = {
  tenants: words('id slug name plan time_zone created_at updated_at'),
  tenant_members: words('tenant_id user_id role created_at updated_at'),
  instances: [
    ...words('id tenant_id name namespace release blueprint blueprint_version values urls desired_state status'),
    ...words(
      'status_reason observed drift_state drift_findings drift_checked_at created_at updated_at ready_at synced_at',
    ),
  ],
  operations: words(
    'id tenant_id instance_id kind status steps progress attempts error requested_by created_at started_at finished_at',
  ),
  usage_events: words('tenant_id type time source event_id data extra received_at voided_at void_reason'),
  usage_daily: words('tenant_id metric_date messages_sent api_calls agent_count storage_mb created_at updated_at'),
  usage_instance_intervals: words('instance_id tenant_id status blueprint agents started_at ended_at'),
  usage_rollups: words('meter_id grain tenant_id bucket dims count sum min max latest latest_at'),
  usage_meters: [
    ...words('id slug version name description event_type aggregation value_property group_by filters unit'),
    ...words('valid_from valid_to created_at'),
  ],
  entitlements: words('tenant_id feature enabled value limit_amount period enforcement created_at updated_at'),
  quota_grants: [
    ...words('id tenant_id feature amount burned forfeited priority effective_at expires_at rollover_max voided_at'),
    ...words('created_at updated_at'),
  ],
  billing_ledger_accounts: words('tenant_id currency account balance floor'),
  billing_credit_grants: words(
    'id tenant_id currency kind amount remaining priority effective_at expires_at voided_at created_at updated_at',
  ),
  billing_subscriptions: [
    ...words('id tenant_id status currency billing_interval time_zone anchor_at started_at trial_ends_at trial_end'),
    ...words('ends_at past_due_since next_period next_period_from next_period_to created_at updated_at'),
  ],
  billing_phases: words('subscription_id seq starts_at ends_at trial plan_version components'),
  billing_overrides: words('id subscription_id component starts_at ends_at terms'),
  billing_invoices: [
    ...words('id kind tenant_id subscription_id period_index period_from period_to corrects reason state number'),
    ...words('closing currency time_zone subtotal rounding total credit_applied credited amount_paid seller buyer'),
    ...words('finalized_at due_at paid_at voided_at created_at updated_at'),
  ],
  billing_invoice_lines: [
    ...words('invoice_id line tenant_id kind component meter unit starts_at ends_at quantity price_version amount'),
    ...words('unrounded explanation inputs_hash query adjusts_invoice description'),
  ],
};

/** Everything but meters, which are the installation's. */
const owned = Object.keys(open).filter((table) => table !== 'usage_meters');

/** Where a row says whose it is, if not in `tenant_id`. */
const ownerIn: Readonly<Record<string, string>> = {
  tenants: 'id',
  billing_phases: '...billing_subscriptions(tenant_id)',
  billing_overrides: '...billing_subscriptions(tenant_id)',
};

const denied = { error: expect.objectContaining({ code: '42501' }), data: null };

describe('what users read with their own tokens', () => {
  let two: TwoTenants;
  let relations: Relation[];

  beforeAll(async () => {
    two = await TwoTenants.make();
    relations = await exposedRelations(two.test);
  });
  afterAll(() => two.test.drop());

  const seen = async (client: SupabaseClient, table: string): Promise<unknown[]> => {
    const { data, error } = await client.from(table).select(open[table]?.join() ?? 'nothing');
    if (error !== null) throw error;
    return data;
  };
  const idsSeen = async (client: SupabaseClient, table: string): Promise<Set<unknown>> => {
    const { data, error } = await client.from(table).select(ownerIn[table] ?? 'tenant_id');
    if (error !== null) throw error;
    return new Set(data.map((row) => Object.values(row)[0]));
  };

  describe('of each table and view that there is', () => {
    it('the columns that are decided on, and no others', () => {
      const readable = relations.filter(({ readable: columns }) => columns.length > 0);
      const found = Object.fromEntries(readable.map(({ name, readable: columns }) => [name, [...columns].sort()]));
      const decided = Object.fromEntries(Object.entries(open).map(([name, columns]) => [name, [...columns].sort()]));
      expect(found).toEqual(decided);
    });

    it('nothing, where it is not open: a policy of its own keeps it closed', () => {
      const undecided = relations.filter(({ name, kind, closed }) => kind === 'table' && !closed && !(name in open));
      expect(undecided.map(({ name }) => name)).toEqual([]);
    });

    it('not a row of what is closed, in any column', async () => {
      for (const { name, columns } of relations.filter((relation) => !(relation.name in open))) {
        for (const { who, client, status } of two.everyone) {
          for (const column of ['*', ...columns]) {
            const answer = await client.from(name).select(column);
            expect({ who, name, column, ...answer }).toMatchObject({ ...denied, status });
          }
          const counted = await client.from(name).select(columns[0] ?? '', { count: 'exact', head: true });
          expect({ who, name, ...counted }).toMatchObject({ status, count: null });
        }
      }
    });

    it('not a column that is hidden, whichever way it is asked for', async () => {
      for (const { name, columns } of relations.filter((relation) => relation.name in open)) {
        const [shown = ''] = open[name] ?? [];
        for (const column of columns.filter((each) => !open[name]?.includes(each))) {
          const table = (): ReturnType<SupabaseClient['from']> => two.clients.owner.from(name);
          const ways = [
            table().select(column),
            table().select(`alias:${column}`),
            table().select(shown).not(column, 'is', null),
            table().select(shown).order(column),
            table().select(shown).or(`${column}.is.null,${shown}.not.is.null`),
          ];
          for (const answer of await Promise.all(ways)) expect({ name, column, ...answer }).toMatchObject(denied);
        }
        const whole = columns.every((each) => open[name]?.includes(each));
        if (!whole) expect({ name, ...(await two.clients.owner.from(name).select('*')) }).toMatchObject(denied);
      }
    });

    it('nothing of what is open, without signing in', async () => {
      for (const [name, columns] of Object.entries(open)) {
        for (const column of columns) {
          expect(await two.anonymous.from(name).select(column)).toMatchObject({ ...denied, status: 401 });
        }
      }
    });
  });

  describe('of the rows', () => {
    it.each(['owner', 'member', 'viewer'] as const)('those of the own tenant, as its %s', async (role) => {
      for (const table of owned) {
        expect(await idsSeen(two.clients[role], table)).toEqual(new Set([two.acme.tenantId]));
        // In whatever order each statement finds them.
        expect(new Set(await seen(two.clients[role], table))).toEqual(new Set(await seen(two.clients.owner, table)));
      }
      expect(await seen(two.clients[role], 'instances')).toMatchObject([
        { id: two.acme.instanceId, status: 'restarting' },
      ]);
      expect(await seen(two.clients[role], 'tenant_members')).toHaveLength(4);
    });

    it('invoices with a number, and their lines: not what gathers, and no drafts', async () => {
      for (const table of ['billing_invoices', 'billing_invoice_lines']) {
        const [counted] = await two.test.sql<{ n: string }>(`select count(*)::text as n from public.${table}`);
        expect([table, counted?.n]).toEqual([table, '4']);
        expect(await seen(two.clients.viewer, table)).toHaveLength(1);
        expect(await seen(two.clients.both, table)).toHaveLength(2);
      }
      expect(await seen(two.clients.viewer, 'billing_invoices')).toMatchObject([{ state: 'finalized' }]);
    });

    it('subscriptions as the API shows them: what was agreed, and how it goes on', async () => {
      const [row] = await seen(two.clients.viewer, 'billing_subscriptions');
      expect(row).toMatchObject({ tenant_id: two.acme.tenantId, status: 'ended', currency: 'USD' });
      const phases = await seen(two.clients.viewer, 'billing_phases');
      expect(phases).toHaveLength(2);
      expect(phases).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ trial: true, plan_version: 'starter@1' }),
          expect.objectContaining({ trial: false, components: [expect.objectContaining({ key: 'base' })] }),
        ]),
      );
      expect(await seen(two.clients.viewer, 'billing_overrides')).toMatchObject([{ component: 'base' }]);
      for (const table of ['billing_subscriptions', 'billing_phases', 'billing_overrides']) {
        const [counted] = await two.test.sql<{ n: number }>(`select count(*)::integer as n from public.${table}`);
        const [mine, both] = [await seen(two.clients.viewer, table), await seen(two.clients.both, table)];
        expect([table, both.length, mine.length]).toEqual([table, counted?.n, both.length / 2]);
      }
    });

    it('those of each own tenant, where there are several', async () => {
      const own = new Set([two.acme.tenantId, two.other.tenantId]);
      for (const table of owned) expect(await idsSeen(two.clients.both, table)).toEqual(own);
    });

    it('none, as a member of nothing', async () => {
      for (const table of Object.keys(open)) expect(await seen(two.clients.stranger, table)).toEqual([]);
    });

    it('none of another tenant, although it is named', async () => {
      for (const [table, column, value] of [
        ['tenants', 'id', two.other.tenantId],
        ['tenants', 'slug', 'other'],
        ['instances', 'id', two.other.instanceId],
        ['instances', 'tenant_id', two.other.tenantId],
        ['operations', 'id', two.other.operationId],
        ['operations', 'instance_id', two.other.instanceId],
        ['tenant_members', 'tenant_id', two.other.tenantId],
        ['tenant_members', 'role', 'owner'],
      ] as const) {
        const { data, count } = await two.clients.owner
          .from(table)
          .select(column, { count: 'exact' })
          .eq(column, value);
        const expected = column === 'role' ? [{ role: 'owner' }] : [];
        expect([table, column, data, count]).toEqual([table, column, expected, expected.length]);
      }
    });

    it('none through a join, whichever way it goes', async () => {
      const { owner } = two.clients;
      const joins = await Promise.all([
        owner.from('tenants').select('id,instances(tenant_id),operations(tenant_id),tenant_members(tenant_id)'),
        owner.from('instances').select('tenant_id,tenants(id),operations(tenant_id)').eq('operations.status', 'queued'),
        owner.from('operations').select('tenant_id,instances(tenant_id,tenants(id,tenant_members(tenant_id)))'),
        owner.from('tenant_members').select('tenant_id,tenants!inner(id,instances(tenant_id))'),
        owner.from('billing_subscriptions').select('tenant_id,billing_phases(seq),billing_overrides(id),tenants(id)'),
        owner.from('billing_phases').select('seq,billing_subscriptions!inner(tenant_id,billing_invoices(tenant_id))'),
        owner.from('tenants').select('id,instances!inner(id)').eq('instances.id', two.other.instanceId),
      ]);
      for (const { data, error } of joins) {
        expect(error).toBeNull();
        expect(JSON.stringify(data)).not.toContain(two.other.tenantId);
      }
      expect(joins.map(({ data }) => data?.length)).toEqual([1, 1, 2, 4, 1, 2, 0]);
    });

    it('none of what is closed or hidden through a join', async () => {
      for (const [table, embedded] of [
        ['instances', 'blueprints(name)'],
        ['instances', 'instance_hosts(host)'],
        ['instances', 'operations(previous_spec)'],
        ['instances', 'operations(*)'],
        ['operations', 'instances(sealed_secrets)'],
        ['operations', 'instances(applied)'],
        ['operations', 'tasks(worker)'],
        ['tenants', 'instances(secrets_hash)'],
        ['billing_invoices', 'billing_subscriptions(row_version)'],
        ['billing_subscriptions', 'billing_phases(begun)'],
        ['billing_subscriptions', 'billing_phases(billing_plan_versions(id))'],
        ['billing_subscriptions', 'billing_overrides(created_at)'],
        ['billing_subscriptions', 'billing_invoices(inputs)'],
        ['tenants', 'billing_invoices(inputs)'],
      ] as const) {
        expect(await two.clients.owner.from(table).select(`id,${embedded}`)).toMatchObject(denied);
      }
    });

    it('no trace in what fails: a filter is asked about own rows alone', async () => {
      await two.world.insert({ status: 'running' }, two.other.tenantId);
      // Names are numbers in no tenant; the cast fails on the first row that it reaches.
      expect(await two.clients.stranger.from('instances').select('name::int')).toMatchObject({ error: null, data: [] });
      expect(await two.clients.owner.from('instances').select('name::int')).toMatchObject({ error: { code: '22P02' } });
    });

    it('as many as there are own ones, when they are counted', async () => {
      for (const [table, count] of [
        ['tenants', 1],
        ['instances', 1],
        ['operations', 2],
        ['tenant_members', 4],
      ] as const) {
        const [column = ''] = open[table] ?? [];
        const whole = await two.clients.owner.from(table).select(column, { count: 'exact' });
        const head = await two.clients.owner.from(table).select(column, { count: 'exact', head: true });
        expect([table, whole.count, head.count]).toEqual([table, count, count]);
      }
      expect((await two.clients.stranger.from('tenants').select('id', { count: 'exact' })).count).toBe(0);
    });

    it('none any more, from the moment a membership ends', async () => {
      const [tenantId, passing] = [await two.world.tenant(), newId()];
      await two.join(tenantId, passing, 'member');
      const client = clientOf(two.test, passing);
      expect(await idsSeen(client, 'tenants')).toEqual(new Set([tenantId]));
      await two.leave(tenantId, passing);
      expect(await seen(client, 'tenants')).toEqual([]);
      await two.join(tenantId, passing, 'member');
      await two.world.tenants.delete(tenantId, false, null, operator);
      for (const table of Object.keys(open)) expect(await seen(client, table)).toEqual([]);
    });
  });
});
