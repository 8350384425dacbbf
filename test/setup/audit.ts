import { AuditCheckpoints } from '../../src/audit/audit-checkpoints.service.js';
import { AuditExport } from '../../src/audit/audit-export.service.js';
import { AuditRetention } from '../../src/audit/audit-retention.service.js';
import { AuditUpkeepStore } from '../../src/audit/audit-upkeep.store.js';
import { AuditConfig, auditEnvironment } from '../../src/audit/audit.config.js';
import type { ChangeContext } from '../../src/audit/change-context.js';
import { newSigningKey } from '../../src/audit/signing-key.js';
import { textLines } from '../../src/audit/text-lines.js';
import { type TrailReport, type VerifierOptions, verifyTrail } from '../../src/audit/trail-verifier.js';
import { SystemClock } from '../../src/platform/clock.js';
import type { TestDatabase } from './database.js';

/** What a change tells of itself. */
export interface Told {
  readonly action: string;
  readonly tenantId?: string | null;
  readonly resource?: string;
  readonly context?: ChangeContext;
  /** JSON as text, so that every number arrives as it is written. */
  readonly before?: string | null;
  readonly after?: string | null;
}

/** The trail of a test database: written to, signed, exported and verified as the service does. */
export class TestTrail {
  readonly config: AuditConfig;
  readonly upkeep: AuditUpkeepStore;

  constructor(
    readonly test: TestDatabase,
    environment: Record<string, string> = {},
    signingKey = newSigningKey(),
  ) {
    this.config = new AuditConfig(auditEnvironment.parse(environment), signingKey);
    this.upkeep = new AuditUpkeepStore(test.database);
  }

  /** As a function that changes something does, with a key that nobody asks about. */
  async write(told: Told): Promise<void> {
    const { action, tenantId = null, resource = 'r', context = { actor: 'tester', request_id: null } } = told;
    await this.test.sql(
      'select public.append_audit($1::text::jsonb, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb)',
      [JSON.stringify(context), action, 'thing', resource, tenantId, told.before ?? null, told.after ?? null],
    );
  }

  /** @returns how many checkpoints were made */
  sign(): Promise<number> {
    return new AuditCheckpoints(this.upkeep, this.config, new SystemClock()).sign();
  }

  expire(): Promise<number> {
    return new AuditRetention(this.upkeep, this.config).run();
  }

  async lines(chain?: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of textLines(AuditExport.of(this.test.database).ndjson(chain))) lines.push(line);
    return lines;
  }

  /** An export, with something done between any two pieces of it. */
  async linesWhile(act: () => Promise<void>): Promise<string[]> {
    async function* disturbed(pieces: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const piece of pieces) {
        yield piece;
        await act();
      }
    }
    const lines: string[] = [];
    for await (const line of textLines(disturbed(AuditExport.of(this.test.database).ndjson()))) lines.push(line);
    return lines;
  }

  verifyLines(lines: readonly string[], options: VerifierOptions = {}): Promise<TrailReport> {
    async function* each(): AsyncGenerator<string> {
      yield* lines;
    }
    return verifyTrail(each(), options);
  }

  async verify(options: VerifierOptions = {}, chain?: string): Promise<TrailReport> {
    return verifyTrail(textLines(AuditExport.of(this.test.database).ndjson(chain)), options);
  }

  /** Makes everything that was written so far older, as if it had been written then. */
  age(days: number): Promise<void> {
    return this.tamper(`
      do $$
      declare e public.audit_log; head public.audit_chains;
      begin
        update public.audit_chains set seq = 0, hash = decode(repeat('00', 32), 'hex');
        for e in select * from public.audit_log order by chain, chain_seq loop
          select * into head from public.audit_chains where chain = e.chain;
          e.at := e.at - interval '${days} days'; e.prev_hash := head.hash; e.hash := public.audit_hash(e);
          update public.audit_log set at = e.at, prev_hash = e.prev_hash, hash = e.hash where id = e.id;
          update public.audit_chains set seq = e.chain_seq, hash = e.hash where chain = e.chain;
        end loop;
      end $$`);
  }

  /** Does as a superuser who does not want to be found out. */
  async tamper(statements: string): Promise<void> {
    try {
      await this.test.sql(`begin; set local session_replication_role = replica; ${statements}; commit`);
    } catch (error) {
      await this.test.sql('rollback');
      throw error;
    }
  }
}
