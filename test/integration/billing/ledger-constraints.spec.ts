import { newId } from '../../../src/platform/ids.js';
import { Credits } from '../../setup/credits.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

const at = '2026-03-10T12:00:00Z';

/** What the database itself refuses, also to the role that Tenantry works as, with SQL of its own. */
describe('the ledger of credits', () => {
  let test: TestDatabase;
  let credits: Credits;
  let tenantId: string;
  let grantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    credits = await Credits.in(test);
  });
  beforeEach(async () => {
    tenantId = await credits.world.tenant();
    ({ id: grantId } = await credits.add(tenantId, { amount: '10' }, at));
  });
  afterEach(async () => {
    await credits.verify();
    const [balance] = await credits.balance(tenantId, at);
    if (balance !== '10.00') throw new Error(`a refused statement left ${balance}`);
  });
  afterAll(() => test.drop());

  const asService = (statements: string): Promise<unknown> =>
    test.sql(`begin; set local role service_role; ${statements}; commit`).catch(async (error: unknown) => {
      await test.sql('rollback');
      throw error;
    });
  const posted = (entries: string): string => `
    with t as (insert into public.billing_ledger_transactions (tenant_id, currency, kind, source, reference, at)
      values ('${tenantId}', 'USD', 'grant', 'raw', '${newId()}', '${at}') returning id)
    insert into public.billing_ledger_entries (transaction_id, tenant_id, currency, account, direction, amount)
    select t.id, '${tenantId}', e.* from t, (values ${entries}) e (currency, account, direction, amount)`;

  it('takes what balances', async () => {
    const entries = `('USD', 'top_ups', 'debit', 5.0), ('USD', 'write_offs', 'credit', 5)`;
    await asService(posted(entries));
    expect(await credits.accounts(tenantId)).toEqual({ credits: '10', top_ups: '-15.0', write_offs: '5' });
  });

  it.each([
    [
      'debits that differ from credits',
      `('USD', 'top_ups', 'debit', 5), ('USD', 'write_offs', 'credit', 4.999999999999)`,
    ],
    ['one side alone', `('USD', 'write_offs', 'credit', 5)`],
    ['a balance that no grant stands for', `('USD', 'top_ups', 'debit', 5), ('USD', 'credits', 'credit', 5)`],
    ['a balance below its floor', `('USD', 'credits', 'debit', 10.01), ('USD', 'invoices', 'credit', 10.01)`],
    ['more than the overdraft', `('USD', 'overdraft', 'debit', 0.01), ('USD', 'invoices', 'credit', 0.01)`],
    ['an overdraft that is paid back twice', `('USD', 'overdraft', 'credit', 1), ('USD', 'invoices', 'debit', 1)`],
    ['an amount below zero', `('USD', 'top_ups', 'debit', -5), ('USD', 'write_offs', 'credit', -5)`],
    ['no number', `('USD', 'top_ups', 'debit', 'NaN'::numeric), ('USD', 'write_offs', 'credit', 'NaN'::numeric)`],
    [
      'infinity',
      `('USD', 'top_ups', 'debit', 'Infinity'::numeric), ('USD', 'write_offs', 'credit', 'Infinity'::numeric)`,
    ],
  ])('refuses %s', async (_what, entries) => {
    await expect(asService(posted(entries))).rejects.toMatchObject({ code: '23514' });
  });

  it.each([
    ['another currency than the transaction’s', `('EUR', 'top_ups', 'debit', 5), ('EUR', 'write_offs', 'credit', 5)`],
    ['an account that is not there', `('USD', 'petty_cash', 'debit', 5), ('USD', 'write_offs', 'credit', 5)`],
  ])('refuses entries of %s', async (_what, entries) => {
    await credits.add(tenantId, { amount: '1', currency: 'EUR' }, at);
    await expect(asService(posted(entries))).rejects.toMatchObject({ code: '23503' });
  });

  it('refuses entries of another tenant than the transaction’s', async () => {
    const other = await credits.world.tenant();
    await credits.add(other, { amount: '1' }, at);
    const entries = posted(`('USD', 'top_ups', 'debit', 5), ('USD', 'write_offs', 'credit', 5)`);
    await expect(asService(entries.replace(`t.id, '${tenantId}'`, `t.id, '${other}'`))).rejects.toMatchObject({
      code: '23503',
    });
  });

  it('refuses a transaction without entries, and a second one for the same reference', async () => {
    const empty = (reference: string): string => `insert into public.billing_ledger_transactions
      (tenant_id, currency, kind, source, reference, at) values ('${tenantId}', 'USD', 'void', 'raw', '${reference}', '${at}')`;
    await expect(asService(empty('a'))).rejects.toMatchObject({ code: '23514' });
    await expect(asService(`${empty('a')}; ${empty('a')}`)).rejects.toMatchObject({ code: '23505' });
  });

  it('refuses to move a grant without the ledger, or further than it goes', async () => {
    const move = (amount: string): string => `insert into public.billing_credit_movements
      select max(id), '${grantId}', '${tenantId}', 'USD', ${amount} from public.billing_ledger_transactions where tenant_id = '${tenantId}'`;
    const other = posted(`('USD', 'top_ups', 'debit', 5), ('USD', 'write_offs', 'credit', 5)`);
    await expect(asService(`${other}; ${move('-1')}`)).rejects.toMatchObject({ code: '23514' });
    await expect(asService(`${other}; ${move('1')}`)).rejects.toMatchObject({ code: '23514' });
    await expect(asService(`${other}; ${move('-11')}`)).rejects.toMatchObject({ code: '23514' });
  });

  it.each([
    ['a balance', `update public.billing_ledger_accounts set balance = 5`],
    ['the currency of an account', `update public.billing_ledger_accounts set currency = 'EUR'`],
    ['an account', `delete from public.billing_ledger_accounts where account = 'breakage'`],
    ['all accounts', `truncate public.billing_ledger_accounts cascade`],
    ['a transaction', `update public.billing_ledger_transactions set at = now()`],
    ['a transaction, by taking it away', `delete from public.billing_ledger_transactions`],
    ['an entry', `update public.billing_ledger_entries set amount = 5`],
    ['an entry, by taking it away', `delete from public.billing_ledger_entries`],
    ['all entries', `truncate public.billing_ledger_entries`],
    ['what was moved', `update public.billing_credit_movements set amount = 5`],
    ['all that was moved', `truncate public.billing_credit_movements`],
    ['what is left of a grant', `update public.billing_credit_grants set remaining = 5`],
    ['the amount of a grant', `update public.billing_credit_grants set amount = 50`],
    ['when a grant expires', `update public.billing_credit_grants set expires_at = 'infinity'`],
    ['a grant, by taking it away', `delete from public.billing_credit_grants`],
  ])('refuses to change %s', async (_what, statement) => {
    await expect(asService(statement)).rejects.toMatchObject({ code: 'PT409' });
  });

  it('refuses accounts and grants that begin with something', async () => {
    await expect(
      asService(
        `insert into public.billing_ledger_accounts (tenant_id, currency, account, balance) values ('${tenantId}', 'EUR', 'top_ups', 5)`,
      ),
    ).rejects.toMatchObject({ code: 'PT409' });
    await expect(
      asService(`insert into public.billing_credit_grants (id, tenant_id, currency, transaction_id, kind, amount, remaining, effective_at, created_at)
        select '${newId()}', tenant_id, currency, transaction_id, kind, amount, 1, effective_at, created_at from public.billing_credit_grants where id = '${grantId}'`),
    ).rejects.toMatchObject({ code: 'PT409' });
  });
});
