import { newKeyText } from '../../../src/auth/api-keys/key-text.js';
import type { GrantedScope } from '../../../src/platform/http/scopes.js';
import { newId } from '../../../src/platform/ids.js';
import type { TestDatabase } from '../../setup/database.js';
import { Credits } from '../../setup/credits.js';
import { Invoices } from '../../setup/invoices.js';
import { Quotas } from '../../setup/quotas.js';
import { claimsOfUser, makeToken } from '../../setup/user-tokens.js';
import { z } from 'zod';

/** What paths and queries can name, of one tenant or of nobody. */
export type Things = Readonly<
  Record<
    | 'tenant'
    | 'instance'
    | 'operation'
    | 'key'
    | 'user'
    | 'grant'
    | 'reservation'
    | 'invoice'
    | 'credit'
    | 'subscription',
    string
  >
>;

/** Whose things a call is about. */
export type Target = 'own' | 'foreign' | 'nothing' | 'foreign by slug' | 'nothing by slug';

export interface World {
  readonly things: Readonly<Record<Target, Things>>;
  /** What each caller sends as `Authorization`. */
  readonly callers: Readonly<Record<Caller, string | undefined>>;
  /** A key of an operator, or of the first tenant, with just this scope. */
  keyWith(of: 'operator' | 'tenant', scope: string): Promise<string>;
  /** Makes the thing that a call takes away be there again. */
  restore(things: Things): Promise<void>;
  /** Every row of the foreign tenant. */
  foreignRows(): Promise<string>;
}

export type Role = 'viewer' | 'member' | 'owner';

export type Caller =
  | 'nobody'
  | 'a made-up key'
  | 'an expired key'
  | 'a revoked key'
  | 'an expired token'
  | 'the first operator'
  | 'a tenant’s key'
  | Role;

const scopesOfTenants: readonly GrantedScope[] = [
  'tenants:read',
  'instances:*',
  'usage:*',
  'billing:read',
  'audit:read',
  'keys:*',
  'members:*',
];

/** Who gives a role has what it allows: the matrix makes viewers. */
const alsoNeeded = (scope: string): readonly GrantedScope[] =>
  scope === 'members:write' ? ['tenants:read', 'instances:read', 'usage:read', 'billing:read'] : [];

const madeKey = z.object({ id: z.string(), key: z.string() });

/** Two tenants with one of everything, and somebody of each kind, as members of the first one. */
export async function makeWorld(url: string, test: TestDatabase, operatorKey: string): Promise<World> {
  const quotas = await Quotas.in(test);
  const provisioning = quotas.world;
  const credits = await Credits.in(test, provisioning);
  const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const keyOf = async (tenant: string | undefined, scopes: readonly string[]) =>
    madeKey.parse(await send('POST', '/v1/api-keys', { name: 'matrix', tenant, scopes }));
  const keys = new Map<string, string>();
  const keyWith = async (tenant: string | undefined, scope: string): Promise<string> => {
    const name = `${tenant ?? ''} ${scope}`;
    const made = keys.get(name) ?? `Bearer ${(await keyOf(tenant, [scope, ...alsoNeeded(scope)])).key}`;
    keys.set(name, made);
    return made;
  };
  const join = (tenant: string, user: string, role: Role) =>
    send('PUT', `/v1/tenants/${tenant}/members/${user}`, { role });

  const furnish = async (tenant: string): Promise<Things> => {
    const instance = await provisioning.running(provisioning.name('thing'), {}, tenant);
    const { id: operation } = await provisioning.acted(instance.id, 'restart');
    const { id: key } = await keyOf(tenant, ['keys:write']);
    const user = newId();
    await join(tenant, newId(), 'owner');
    await join(tenant, user, 'viewer');
    const quota = { feature: 'credits', amount: '1' };
    const { id: grant } = await quotas.grant(tenant, quota);
    const reservation = newId();
    await quotas.reserve(tenant, quota.feature, quota.amount, reservation);
    const { id: credit } = await credits.add(tenant, { amount: '1' }, new Date().toISOString());
    const invoice = await new Invoices(test, tenant).finalized();
    const [invoiced] = await test.sql<{ id: string }>(
      'select subscription_id as id from public.billing_invoices where id = $1',
      [invoice as never],
    );
    const subscription = invoiced?.id ?? '';
    return { tenant, instance: instance.id, operation, key, user, grant, reservation, invoice, credit, subscription };
  };

  await quotas.feature({ slug: 'credits' });
  const own = await furnish(provisioning.tenantId);
  const foreignId = await provisioning.tenant('foreign');
  const foreign = await furnish(foreignId);
  const nothing = {
    tenant: newId(),
    instance: newId(),
    operation: newId(),
    key: newId(),
    user: newId(),
    grant: newId(),
    reservation: newId(),
    credit: newId(),
    invoice: newId(),
    subscription: newId(),
  };

  const expired = await keyOf(own.tenant, scopesOfTenants);
  const revoked = await keyOf(own.tenant, scopesOfTenants);
  await test.sql(`update public.api_keys set expires_at = now() where id = $1`, [expired.id as never]);
  await test.sql(`update public.api_keys set revoked_at = now() where id = $1`, [revoked.id as never]);
  const userOf = async (role: Role): Promise<string> => {
    const user = newId();
    await join(own.tenant, user, role);
    return `Bearer ${makeToken(test.database.keys.jwtSecret, claimsOfUser(user))}`;
  };
  const past = { ...claimsOfUser(newId()), exp: Math.floor(Date.now() / 1_000) - 60 };

  return {
    things: {
      own,
      foreign,
      nothing,
      'foreign by slug': { ...foreign, tenant: 'foreign' },
      'nothing by slug': { ...nothing, tenant: 'nobody' },
    },
    callers: {
      nobody: undefined,
      'a made-up key': `Bearer ${newKeyText('test')}`,
      'an expired key': `Bearer ${expired.key}`,
      'a revoked key': `Bearer ${revoked.key}`,
      'an expired token': `Bearer ${makeToken(test.database.keys.jwtSecret, past)}`,
      'the first operator': `Bearer ${operatorKey}`,
      'a tenant’s key': `Bearer ${(await keyOf(own.tenant, scopesOfTenants)).key}`,
      viewer: await userOf('viewer'),
      member: await userOf('member'),
      owner: await userOf('owner'),
    },
    keyWith: (of, scope) => keyWith(of === 'operator' ? undefined : own.tenant, scope),
    restore: async ({ tenant, user }) => {
      await join(tenant, user, 'viewer');
      await test.sql(`insert into public.usage_meters (slug, name, event_type, aggregation)
        values ('matrix_meter', 'The matrix', 'matrix', 'count') on conflict do nothing`);
    },
    foreignRows: async () => {
      const tables = [
        'instances',
        'operations',
        'api_keys',
        'tenant_members',
        'entitlements',
        'quota_grants',
        'quota_reservations',
        'billing_subscriptions',
        'billing_ledger_accounts',
        'billing_credit_grants',
        'billing_invoices',
        'billing_invoice_lines',
      ];
      const rows = tables.map((table) =>
        test.sql(`select to_jsonb(t) as row from public.${table} t where tenant_id = $1 order by 1`, [
          foreignId as never,
        ]),
      );
      return JSON.stringify(
        await Promise.all([...rows, test.sql('select * from public.tenants where id = $1', [foreignId as never])]),
      );
    },
  };
}
