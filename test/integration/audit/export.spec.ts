import { AuditExport } from '../../../src/audit/audit-export.service.js';
import { Database, type ReadOptions, type SendableQuery } from '../../../src/platform/database.js';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

/** Counts the reads that go through it. */
class CountedReads extends Database {
  readonly kind = 'counted';
  readonly client: Database['client'];
  readonly userTokenIssuer: Database['userTokenIssuer'];
  reads = 0;

  constructor(private readonly inner: Database) {
    super();
    this.client = inner.client;
    this.userTokenIssuer = inner.userTokenIssuer;
  }

  async close(): Promise<void> {}

  override read<Row>(query: (client: Database['client']) => SendableQuery<Row>, options?: ReadOptions): Promise<Row> {
    this.reads += 1;
    return this.inner.read(query, options);
  }
}

describe('an export', () => {
  let test: TestDatabase;
  let trail: TestTrail;
  let counted: CountedReads;
  const tenantId = newId();

  beforeAll(async () => {
    test = await createTestDatabase();
    trail = new TestTrail(test);
    await test.sql(
      `select public.append_audit('{"actor": "a"}', 'instance.change', 'instance', n::text, '${tenantId}', null, '{}') from generate_series(1, 2500) n`,
    );
    await trail.write({ action: 'blueprint.publish', resource: '=1+1' });
  });
  beforeEach(() => {
    counted = new CountedReads(test.database);
  });
  afterAll(() => test.drop());

  it('is whole, beyond what one answer of the database holds', async () => {
    expect(await trail.verify()).toEqual({
      faults: [],
      chains: 2,
      entries: 2_501,
      expired: 0,
      checkpoints: 0,
      newest: undefined,
    });
  });

  it.each(['ndjson', 'csv'] as const)('as %s reads no further than somebody takes of it', async (format) => {
    const pieces = AuditExport.of(counted).write(format);
    let text = '';
    while (!text.includes(tenantId)) text += String((await pieces.next()).value);
    const reads = counted.reads;
    // Of 2,500 rows one page was read; the rest waits for whoever reads slowly, and is never read for who leaves.
    expect(text.split('\n').length).toBeLessThan(220);
    await pieces.return(undefined);
    expect(counted.reads).toBe(reads);
  });

  it('as CSV has a row for each row, and no formula', async () => {
    let text = '';
    for await (const piece of AuditExport.of(test.database).write('csv')) text += piece;
    const rows = text.trimEnd().split('\r\n');
    expect(rows).toHaveLength(2_502);
    expect(rows.at(-1)).toContain(`"'=1+1"`);
  });

  it('of a tenant holds its rows alone', async () => {
    const lines = await trail.lines(tenantId);
    expect(lines.filter((line) => line.includes('"type":"entry"'))).toHaveLength(2_500);
    expect(lines.join('\n')).not.toContain('blueprint.publish');
  });

  it('of an empty trail is whole', async () => {
    const empty = await createTestDatabase();
    try {
      expect(await new TestTrail(empty).verify()).toMatchObject({ faults: [], chains: 0, entries: 0 });
    } finally {
      await empty.drop();
    }
  });
});
