import type { SupabaseClient } from '@supabase/supabase-js';
import { newId } from '../../src/platform/ids.js';
import type { MemberRole } from '../../src/tenants/member.js';
import { MembersStore } from '../../src/tenants/members.store.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { Invoices, parameters } from './invoices.js';
import { operator, Provisioning } from './provisioning.js';
import { clientOf, publicClient } from './user-tokens.js';

/** A tenant with an instance that has secrets, a host, and an operation in the queue. */
export interface Furnished {
  readonly tenantId: string;
  readonly instanceId: string;
  readonly operationId: string;
}

const roles = ['owner', 'member', 'viewer'] as const;

/** The tenants `acme` and `other`, and users with tokens of their own: of acme in each role, of both tenants, and of none. */
export class TwoTenants {
  readonly anonymous: SupabaseClient;
  private readonly members: MembersStore;

  private constructor(
    readonly test: TestDatabase,
    readonly world: Provisioning,
    readonly acme: Furnished,
    readonly other: Furnished,
    readonly clients: Readonly<Record<MemberRole | 'both' | 'stranger', SupabaseClient>>,
  ) {
    this.members = new MembersStore(test.database);
    this.anonymous = publicClient(test);
  }

  static async make(): Promise<TwoTenants> {
    const test = await createTestDatabase();
    const world = await Provisioning.in(test);
    const [owner, member, viewer, both, stranger] = [newId(), newId(), newId(), newId(), newId()];
    const users = { owner, member, viewer, both, stranger };
    const acme = await furnish(world, world.tenantId);
    const other = await furnish(world, await world.tenant('other'));
    const of = (id: string): SupabaseClient => clientOf(test, id);
    const clients = {
      owner: of(owner),
      member: of(member),
      viewer: of(viewer),
      both: of(both),
      stranger: of(stranger),
    };
    const made = new TwoTenants(test, world, acme, other, clients);
    for (const role of roles) await made.join(acme.tenantId, users[role], role);
    for (const { tenantId } of [acme, other]) await made.join(tenantId, both, 'viewer');
    await made.join(other.tenantId, newId(), 'owner');
    return made;
  }

  /** Whoever is not the service, with the status that is theirs when something is denied. */
  get everyone(): readonly { who: string; client: SupabaseClient; status: 401 | 403 }[] {
    const signedIn = Object.entries(this.clients).map(([who, client]) => ({ who, client, status: 403 as const }));
    return [{ who: 'anon', client: this.anonymous, status: 401 }, ...signedIn];
  }

  async join(tenantId: string, userId: string, role: MemberRole): Promise<void> {
    await this.members.put(tenantId, userId, role, operator);
  }

  async leave(tenantId: string, userId: string): Promise<void> {
    await this.members.remove(tenantId, userId, null, operator);
  }
}

async function furnish(world: Provisioning, tenantId: string): Promise<Furnished> {
  const name = world.name('shop');
  const secrets = { sealed_secrets: `sealed-${name}`, secrets_hash: `hash-${name}` };
  const parts = { ...secrets, hosts: [`${name}.test`], namespace: `t-${name}` };
  const { id: instanceId } = await world.running(name, parts, tenantId);
  const { id: operationId } = await world.acted(instanceId, 'restart');
  await useSomething(world.test, tenantId, instanceId);
  await haveSomething(world.test, tenantId);
  await oweSomething(world.test, tenantId);
  return { tenantId, instanceId, operationId };
}

/** A subscription with a trial and a price of its own, an invoice with its number, and what nobody may see yet: a draft. */
async function oweSomething(test: TestDatabase, tenantId: string): Promise<void> {
  const invoices = new Invoices(test, tenantId);
  await invoices.finalized();
  await invoices.draft();
  const own = `select id from public.billing_subscriptions where tenant_id = $1`;
  await test.sql(
    `insert into public.billing_phases (subscription_id, seq, starts_at, ends_at, trial, plan_version, components)
     select s.id, p.seq, p.starts_at, p.ends_at, p.trial, v.id, v.offers -> 0 -> 'components'
     from (${own}) s, public.billing_plan_versions v, (values (0, timestamptz '2026-01-01Z', timestamptz '2026-01-15Z', true),
       (1, '2026-01-15Z', null, false)) p (seq, starts_at, ends_at, trial) where v.id = 'starter@1'`,
    parameters([tenantId]),
  );
  await test.sql(
    `insert into public.billing_overrides (id, subscription_id, component, starts_at, terms)
     select $2, s.id, 'base', '2026-01-15Z', '{"price": {"model": "flat", "amount": "7"}}' from (${own}) s`,
    parameters([tenantId, newId()]),
  );
}

/** Terms of its own, a grant and credits; the plan of both tenants has terms as well. */
async function haveSomething({ database }: TestDatabase, tenantId: string): Promise<void> {
  const p_terms = { limit_amount: '5', period: 'month', enforcement: 'hard' };
  const put = { p_feature: 'instances', p_terms, p_row_version: null, p_context: { ...operator } };
  await database.rpc('entitlement_put', { ...put, p_plan: null, p_tenant_id: tenantId });
  await database.rpc('entitlement_put', { ...put, p_plan: 'free', p_tenant_id: null });
  const p_grant = { id: newId(), feature: 'instances', amount: '1', priority: 0 };
  await database.rpc('quota_grant_create', { p_tenant_id: tenantId, p_grant, p_context: { ...operator } });
  const credit = { id: newId(), currency: 'USD', amount: '5.00', kind: 'paid' };
  const topUp = { p_tenant_id: tenantId, p_reference: 'pi_1', p_grant: credit, p_at: new Date().toISOString() };
  await database.rpc('billing_credits_top_up', { ...topUp, p_context: { ...operator } });
}

async function useSomething({ database }: TestDatabase, tenantId: string, instanceId: string): Promise<void> {
  const value = { value_property: '$.words', value_path: ['words'] };
  const meter = { slug: 'words', name: 'Words', event_type: 'said', aggregation: 'sum', ...value };
  await database.rpc('usage_meter_create', { p_meter: meter, p_context: { ...operator } });
  await database.rpc('usage_partitions_make', { p_days: [new Date().toISOString().slice(0, 10)] });
  const event = { specversion: '1.0', id: newId(), source: 'test', type: 'said', data: { words: 3 } };
  await database.rpc('usage_ingest', { p_events: JSON.stringify([{ tenant: tenantId, event }]), p_atomic: true });
  await database.rpc('usage_compact', { p_limit: 100 });
  await database.rpc('usage_daily_increment', { p_tenant_id: tenantId, p_measure: 'messages_sent', p_value: 4 });
  const told = { id: 1, at: '2026-01-01T00:00:00Z', tenant_id: tenantId, instance_id: instanceId, status: 'running' };
  await database.rpc('usage_instance_told', { p_message: told });
}
