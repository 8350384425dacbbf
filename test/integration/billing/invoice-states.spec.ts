import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { createTestDatabase, readTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Invoices } from '../../setup/invoices.js';
import { Provisioning } from '../../setup/provisioning.js';
import { ServiceRole } from '../../setup/service-role.js';

const states = ['gathering', 'draft', 'finalized', 'paid', 'void', 'uncollectible'] as const;
type State = (typeof states)[number];

const mayFollow: Readonly<Record<State, readonly State[]>> = {
  gathering: ['draft'],
  draft: ['finalized', 'void'],
  finalized: ['paid', 'void', 'uncollectible'],
  paid: [],
  void: [],
  uncollectible: ['paid'],
};

/** What a transition sets beside the state; the number of a draft is the next one. */
const withState: Readonly<Record<State, string>> = {
  gathering: '',
  draft: '',
  finalized: ", number = public.billing_number_next(kind, '2026-03-01'), finalized_at = '2026-03-01'",
  paid: ', amount_paid = total - credit_applied - credited, paid_at = now()',
  void: ', voided_at = now()',
  uncollectible: '',
};

const immutable = expect.objectContaining({ code: 'PT409', hint: 'invoice_immutable' });

describe('invoices in the database', () => {
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
  /** An invoice that came to a state on the ways that there are. */
  const invoiceThatIs = async (state: State): Promise<string> => {
    if (state === 'gathering') return invoices.draft({ state: 'gathering' });
    const id = await invoices.draft();
    if (state === 'draft') return id;
    await invoices.finalize(id);
    const set = `set state = '${state}'${withState[state]}`;
    if (state !== 'finalized') await run(`update public.billing_invoices ${set} where id = '${id}'`);
    return id;
  };

  describe('come from one state to another', () => {
    const pairs = states.flatMap((from) => states.filter((to) => to !== from).map((to) => [from, to] as const));
    it.each(pairs.filter(([from, to]) => mayFollow[from].includes(to)))('from %s to %s', async (from, to) => {
      const id = await invoiceThatIs(from);
      await run(`update public.billing_invoices set state = '${to}'${withState[to]} where id = '${id}'`);
      expect(await invoices.row(id)).toMatchObject({ state: to });
    });

    it.each(pairs.filter(([from, to]) => !mayFollow[from].includes(to)))('never from %s to %s', async (from, to) => {
      const id = await invoiceThatIs(from);
      const before = await invoices.row(id);
      await expectRefused(`update public.billing_invoices set state = '${to}'${withState[to]} where id = '${id}'`);
      expect(await invoices.row(id)).toEqual(before);
    });

    it.each(['finalized', 'paid', 'void', 'uncollectible'])('and never begin as %s', async (state) => {
      const id = await invoices.draft();
      const columns = 'kind, tenant_id, subscription_id, period_index, period_from, period_to, currency, time_zone';
      await expectRefused(`insert into public.billing_invoices (id, number, finalized_at, paid_at, voided_at, state, ${columns})
        select gen_random_uuid(), 'INV-2026-999999', now(), now(), now(), '${state}',
        ${columns.replace('period_index', 'period_index + 900')} from public.billing_invoices where id = '${id}'`);
    });

    it.each([
      ['paid before nothing is due', "state = 'paid', paid_at = now(), amount_paid = 9"],
      ['not paid although nothing is due', 'amount_paid = 10'],
      ['paid less than before', 'amount_paid = -1'],
      ['void with something paid', "state = 'void', voided_at = now(), amount_paid = 1"],
      ['void with something credited', "state = 'void', voided_at = now(), credited = 1"],
    ])('not as %s', async (_what, set) => {
      await expectRefused(`update public.billing_invoices set ${set} where id = '${await invoiceThatIs('finalized')}'`);
    });
  });

  describe('stay as they are once they have a number', () => {
    const columns: readonly (readonly [column: string, value: string])[] = [
      ['id', 'gen_random_uuid()'],
      ['kind', "'credit_note'"],
      ['tenant_id', "'0199c0de-0000-7000-8000-000000000000'"],
      ['subscription_id', "'0199c0de-0000-7000-8000-000000000000'"],
      ['period_index', '4000'],
      ['period_from', "'2020-01-01'"],
      ['period_to', "'2100-01-01'"],
      ['corrects', 'id'],
      ['closing', 'not closing'],
      ['reason', "'because'"],
      ['number', "'INV-2026-000777'"],
      ['currency', "'EUR'"],
      ['time_zone', "'Europe/Vienna'"],
      ['zone_data_version', "'1999a'"],
      ['subtotal', '11'],
      ['rounding', '1'],
      ['total', '11'],
      ['credit_applied', '1'],
      ['inputs', "'{}'"],
      ['seller', "'{}'"],
      ['buyer', "'{}'"],
      ['run_id', 'gen_random_uuid()'],
      ['finalized_at', 'now()'],
      ['due_at', 'now()'],
      ['paid_at', "'2020-01-01'"],
      ['voided_at', "'2020-01-01'"],
      ['created_at', "'2020-01-01'"],
    ];

    it.each(['finalized', 'paid', 'void', 'uncollectible'] as const)('in every column, when %s', async (state) => {
      const id = await invoiceThatIs(state);
      const before = await invoices.row(id);
      for (const [column, value] of columns) {
        await expectRefused(`update public.billing_invoices set ${column} = ${value} where id = '${id}'`);
      }
      expect(await invoices.row(id)).toEqual(before);
    });

    it('in every column that there is', async () => {
      const found = await test.sql<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = 'public.billing_invoices'::regclass and attnum > 0 and not attisdropped`,
      );
      const free = ['state', 'credited', 'amount_paid', 'row_version', 'updated_at'];
      expect([...columns.map(([column]) => column), ...free].sort()).toEqual(found.map(({ name }) => name).sort());
    });

    it.each(['paid', 'void'] as const)('to the last one, when %s', async (state) => {
      const id = await invoiceThatIs(state);
      for (const set of ['credited = 1', 'amount_paid = 11', 'row_version = 9', 'updated_at = now()']) {
        await expectRefused(`update public.billing_invoices set ${set} where id = '${id}'`);
      }
    });

    it.each(['finalized', 'paid', 'void', 'uncollectible'] as const)('with their lines, when %s', async (state) => {
      const [id, draft] = [await invoiceThatIs(state), await invoiceThatIs('draft')];
      await expectRefused(`update public.billing_invoice_lines set description = 'x' where invoice_id = '${id}'`);
      await expectRefused(`delete from public.billing_invoice_lines where invoice_id = '${id}'`);
      await expectRefused(
        `update public.billing_invoice_lines set invoice_id = '${draft}', line = 7 where invoice_id = '${id}'`,
      );
      await expectRefused(
        `update public.billing_invoice_lines set invoice_id = '${id}', line = 7 where invoice_id = '${draft}'`,
      );
      await expectRefused(`insert into public.billing_invoice_lines select '${id}', 2, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity,
        price_version, amount, unrounded, explanation, inputs_hash from public.billing_invoice_lines where invoice_id = '${draft}'`);
    });

    it.each(states)('and are never deleted, when %s', async (state) => {
      await expectRefused(`delete from public.billing_invoices where id = '${await invoiceThatIs(state)}'`);
    });

    it('nor all at once', async () => {
      const whole = 'truncate public.billing_invoices, public.billing_invoice_lines, public.billing_numbers cascade';
      await expect(run(whole)).rejects.toMatchObject({ code: 'PT409' });
      await expect(test.sql(whole)).rejects.toMatchObject({ code: 'PT409' });
    });
  });

  it('change while nobody has seen them, but for what they are about', async () => {
    const id = await invoices.draft();
    await run(`update public.billing_invoice_lines set description = 'x' where invoice_id = '${id}'`);
    await run(`update public.billing_invoices set zone_data_version = '2026b' where id = '${id}'`);
    await expectRefused(`update public.billing_invoices set currency = 'EUR' where id = '${id}'`);
    await expectRefused(`update public.billing_invoices set amount_paid = 1 where id = '${id}'`);
    await expectRefused(
      `update public.billing_invoice_lines set tenant_id = gen_random_uuid() where invoice_id = '${id}'`,
    );
  });

  it('get no number when their lines do not add up', async () => {
    const id = await invoices.draft({ lines: [{ amount: '3.33' }, { amount: '0.01', kind: 'rounding' }] });
    await run(`update public.billing_invoices set subtotal = 3.34, rounding = 0 where id = '${id}'`);
    await expect(invoices.finalize(id)).rejects.toEqual(immutable);
    await run(`update public.billing_invoices set subtotal = 3.33, rounding = 0.01 where id = '${id}'`);
    await invoices.finalize(id);
    expect(await invoices.row(id)).toMatchObject({ state: 'finalized', total: '3.34', amount_due: '3.34' });
  });

  it('of which nothing is due are paid at once', async () => {
    const id = await invoices.finalized({ lines: [{ amount: '0.00' }] }, '2026-03-05T00:00:00Z');
    expect(await invoices.row(id)).toMatchObject({
      state: 'paid',
      paid_at: '2026-03-05T00:00:00+00:00',
      amount_due: '0',
    });
  });

  it.each([
    ['changed', "update public.billing_invoice_lines set amount = 12, unrounded = 12 where invoice_id = 'ID'"],
    [
      'added',
      `insert into public.billing_invoice_lines select invoice_id, 9, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity,
         price_version, 12, 12, explanation, inputs_hash from public.billing_invoice_lines where invoice_id = 'ID' limit 1`,
    ],
  ])('stand still for a line that is being %s: it is in before the number, or refused', async (_how, statement) => {
    const { address, name } = await readTestDatabase(test);
    const other = connectAsOwner(address, name);
    const id = await invoices.draft();
    let finalized: Promise<unknown> = Promise.resolve();
    await other.begin(async (sql) => {
      await sql.unsafe(statement.replace('ID', id));
      finalized = invoices.finalize(id).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(await finalized).toEqual(immutable);
    await other.end({ timeout: 1 });
    expect(await invoices.row(id)).toMatchObject({ state: 'draft', number: null });
  });
});
