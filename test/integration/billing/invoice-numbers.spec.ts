import type postgres from 'postgres';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { createTestDatabase, readTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Invoices, parameters } from '../../setup/invoices.js';
import { Provisioning } from '../../setup/provisioning.js';
import { ServiceRole } from '../../setup/service-role.js';

const immutable = expect.objectContaining({ code: 'PT409', hint: 'invoice_immutable' });

describe('numbers of invoices', () => {
  let test: TestDatabase;
  let invoices: Invoices;
  let service: ServiceRole;

  beforeAll(async () => {
    test = await createTestDatabase();
    invoices = new Invoices(test, (await Provisioning.in(test)).tenantId);
    service = await ServiceRole.of(test);
  });
  afterAll(async () => {
    await service.end();
    await test.drop();
  });

  const run = (statement: string): Promise<unknown> => service.run(statement);
  const expectRefused = async (statement: string): Promise<void> => {
    await expect(run(statement)).rejects.toEqual(immutable);
  };

  const numbers = async (year: number): Promise<string[]> => {
    const query = `select number from public.billing_invoices where number like 'INV-' || $1 || '-%' order by number`;
    return (await test.sql<{ number: string }>(query, parameters([String(year)]))).map(({ number }) => number);
  };

  it('without gaps, by year, whoever else gives some and whatever is undone', async () => {
    const drafts = await Promise.all(Array.from({ length: 40 }, () => invoices.draft()));
    const { address, name } = await readTestDatabase(test);
    const workers = Array.from({ length: 8 }, () => connectAsOwner(address, name));
    const give = async (sql: postgres.Sql, id: string, undo: boolean): Promise<void> => {
      const giving = sql.begin(async (transaction) => {
        await transaction.unsafe(`select public.billing_finalize('${id}', '2031-05-01T00:00:00Z', 14)`);
        if (undo) throw new Error('undone');
      });
      if (undo) await expect(giving).rejects.toThrow('undone');
      else await giving;
    };
    // Each is tried three times, and undone twice, in an order of its own.
    await Promise.all(
      workers.map(async (sql, worker) => {
        for (const [index, id] of drafts.filter((_, n) => n % workers.length === worker).entries()) {
          for (const undo of index % 2 === 0 ? [true, true, false] : [true, false]) await give(sql, id, undo);
        }
        await sql.end({ timeout: 1 });
      }),
    );
    const expected = Array.from({ length: 40 }, (_, n) => `INV-2031-${String(n + 1).padStart(6, '0')}`);
    expect(await numbers(2031)).toEqual(expected);
    // The last moment of a year in UTC, and the first of the next.
    await invoices.finalized({}, '2031-12-31T23:59:59.999999Z');
    expect(await numbers(2031)).toEqual([...expected, 'INV-2031-000041']);
    await invoices.finalized({}, '2032-01-01T00:00:00Z');
    expect(await numbers(2032)).toEqual(['INV-2032-000001']);
  });

  it('one each, although two finalize it', async () => {
    const id = await invoices.draft();
    const args = {
      p_invoice_id: id,
      p_at: '2033-01-01T00:00:00Z',
      p_terms_days: 14,
      p_context: { actor: 'operator' },
    };
    const answers = await Promise.all([1, 2, 3, 4].map(() => test.database.rpc('billing_invoice_finalize', args)));
    expect(answers.map((answer) => Object(answer).outcome).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'finalized',
      ...Array(3).fill('unchanged'),
    ]);
    expect(await numbers(2033)).toEqual(['INV-2033-000001']);
    const told = await test.sql(`select from public.outbox where payload ->> 'invoice_id' = $1`, parameters([id]));
    expect(told).toHaveLength(1);
  });

  it.each([
    ['another than the next', 'INV-2034-000002'],
    ['one of another kind', 'CN-2034-000001'],
    ['one of another year', 'INV-2035-000001'],
    ['a name', 'ours'],
  ])('and not %s', async (_what, number) => {
    const id = await invoices.draft();
    await expectRefused(`select public.billing_number_next('invoice', '2034-01-01');
      update public.billing_invoices set state = 'finalized', number = '${number}', finalized_at = '2034-01-01' where id = '${id}'`);
  });

  it('several at once, when each of them is given', async () => {
    const drafts = [await invoices.draft(), await invoices.draft(), await invoices.draft()];
    const taken = "select public.billing_numbers_take('invoice', '2038-01-01', 3)";
    const give = (id: string | undefined, n: number): string =>
      `update public.billing_invoices set state = 'finalized', number = 'INV-2038-00000${n}', finalized_at = '2038-01-01' where id = '${id}'`;
    const [a, b, c] = drafts;
    await expectRefused(`${taken}; ${give(a, 1)}; ${give(b, 3)}`);
    await expectRefused(`${taken}; ${give(a, 1)}; ${give(b, 2)}; ${give(c, 4)}`);
    await run(`${taken}; ${give(a, 3)}; ${give(b, 1)}; ${give(c, 2)}`);
    expect(await numbers(2038)).toEqual(['INV-2038-000001', 'INV-2038-000002', 'INV-2038-000003']);
    const again = await invoices.draft();
    await expect(
      run(`select public.billing_numbers_take('invoice', '2038-01-01', 1); ${give(again, 2)}`),
    ).rejects.toEqual(expect.objectContaining({ code: '23505' }));
  });

  it('that nobody can take, skip or give back', async () => {
    await expectRefused("select public.billing_number_next('invoice', '2036-01-01')");
    await expectRefused("insert into public.billing_numbers (kind, year, last) values ('invoice', 2037, 5)");
    await expectRefused("update public.billing_numbers set last = last + 2 where kind = 'invoice'");
    await expectRefused("update public.billing_numbers set last = last - 1 where kind = 'invoice'");
    await expectRefused('delete from public.billing_numbers');
  });
});
