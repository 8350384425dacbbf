import type { TrailReport } from '../../../src/audit/trail-verifier.js';
import { TestTrail } from '../../setup/audit.js';
import type { TestDatabase } from '../../setup/database.js';

/** The tenant whose chain is tampered with. */
export const tenant = '019ae000-0000-7000-8000-000000000001';

const tables = ['audit_signing_keys', 'audit_checkpoints', 'audit_chains', 'audit_log'];

/** A trail to tamper with: a checkpoint signed five rows of the tenant's chain, and another the two behind them. */
export class TamperedTrail extends TestTrail {
  static async in(test: TestDatabase): Promise<TamperedTrail> {
    const trail = new TamperedTrail(test);
    await trail.write({ action: 'tenant.create', tenantId: tenant });
    for (const n of [2, 3, 4, 5]) await trail.change(n);
    await trail.sign();
    for (const n of [6, 7]) await trail.change(n);
    await trail.write({ action: 'blueprint.publish' });
    await trail.sign();
    await test.sql('create schema kept');
    for (const table of tables) await test.sql(`create table kept.${table} as select * from public.${table}`);
    return trail;
  }

  /** What is found of some tampering, which is undone again. */
  async foundOf(statements: string): Promise<TrailReport> {
    await this.tamper(statements);
    const report = await this.verify();
    const filled = tables.map(
      (table) => `insert into public.${table} overriding system value select * from kept.${table}`,
    );
    await this.tamper(`truncate ${tables.map((table) => `public.${table}`).join(', ')}; ${filled.join(';')}`);
    return report;
  }

  private change(n: number): Promise<void> {
    const context = { actor: 'user', request_id: 'r1', credential: 'key-1', address: '192.0.2.1' };
    const told = { before: '{"a": 1}', after: `{"a": ${n}}`, resource: `i${n}` };
    return this.write({ action: 'instance.change', tenantId: tenant, context, ...told });
  }
}
