import { type Entitlement, terms } from '../../src/usage-metrics/quotas/entitlement.js';
import { EntitlementsStore, type Holder } from '../../src/usage-metrics/quotas/entitlements.store.js';
import { FeaturesStore } from '../../src/usage-metrics/quotas/features.store.js';
import { type Grant, newGrant } from '../../src/usage-metrics/quotas/grant.js';
import { GrantsStore } from '../../src/usage-metrics/quotas/grants.store.js';
import { ReservationsStore } from '../../src/usage-metrics/quotas/reservations.store.js';
import { newId } from '../../src/platform/ids.js';
import type { TestDatabase } from './database.js';
import { operator, Provisioning } from './provisioning.js';

/** The quotas of a database, whose clock a test may set. */
export class Quotas {
  readonly features: FeaturesStore;
  readonly entitlements: EntitlementsStore;
  readonly grants: GrantsStore;
  readonly reservations: ReservationsStore;

  private constructor(
    readonly test: TestDatabase,
    readonly world: Provisioning,
  ) {
    this.features = new FeaturesStore(test.database);
    this.entitlements = new EntitlementsStore(test.database);
    this.grants = new GrantsStore(test.database);
    this.reservations = new ReservationsStore(test.database);
  }

  static async in(test: TestDatabase): Promise<Quotas> {
    return new Quotas(test, await Provisioning.in(test));
  }

  /** From now on quotas go by this time; null: by the real one. */
  async setClock(at: string | null): Promise<void> {
    const now = at === null ? 'clock_timestamp()' : `'${at}'::timestamptz`;
    await this.test.sql(
      `create or replace function public.quota_now() returns timestamptz language sql volatile set search_path = '' as $$ select ${now} $$`,
    );
  }

  /** A metered feature; counted by reservations where no meter is named. */
  async feature(parts: { readonly meter?: string; readonly slug?: string } = {}): Promise<string> {
    const slug = parts.slug ?? this.world.name('feature');
    const wanted = { name: slug, description: null, kind: 'metered' as const, ...parts, slug };
    const made = await this.features.create(wanted, operator);
    if (made.outcome !== 'created') throw new Error(made.outcome);
    return slug;
  }

  async give(holder: Holder, feature: string, on: object): Promise<void> {
    const put = await this.entitlements.put(holder, feature, terms.parse(on), null, operator);
    if (!('entitlement' in put)) throw new Error(put.outcome);
  }

  async grant(tenantId: string, wanted: object): Promise<Omit<Grant, 'etag'>> {
    const made = await this.grants.create(tenantId, newId(), newGrant.parse(wanted), operator);
    if (made.outcome !== 'created') throw new Error(made.outcome);
    return made.grant;
  }

  /** What is left of a grant. */
  async left(tenantId: string, grant: { readonly id: string }): Promise<string | undefined> {
    return (await this.grants.find(tenantId, grant.id))?.remaining;
  }

  async reserve(tenantId: string, feature: string, amount: string, id = newId(), lease = 300): Promise<string> {
    const wanted = { feature, amount, lease_seconds: lease };
    return (await this.reservations.reserve({ tenantId, id }, wanted, operator)).outcome;
  }

  /** Reserves and commits at once. */
  async use(tenantId: string, feature: string, amount: string): Promise<string> {
    const id = newId();
    const reserved = await this.reserve(tenantId, feature, amount, id);
    if (reserved !== 'reserved') return reserved;
    return (await this.reservations.end({ tenantId, id }, 'committed', null, operator)).outcome;
  }

  async entitlement(tenantId: string, feature: string): Promise<Entitlement> {
    const found = await this.entitlements.find(tenantId, feature);
    if (found === undefined) throw new Error(`no feature ${feature}`);
    return found;
  }

  /** The quantities alone: [usage, balance, overage, reserved]. */
  async counts(tenantId: string, feature: string): Promise<(string | null)[]> {
    const { usage_decimal, balance_decimal, overage_decimal, reserved_decimal } = await this.entitlement(
      tenantId,
      feature,
    );
    return [usage_decimal, balance_decimal, overage_decimal, reserved_decimal];
  }
}
