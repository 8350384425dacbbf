import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Credits } from '../../setup/credits.js';
import { operator } from '../../setup/provisioning.js';

const march = '2026-03-10T12:00:00Z';
const april = '2026-04-10T12:00:00Z';
const may = '2026-05-10T12:00:00Z';

describe('credits', () => {
  let test: TestDatabase;
  let credits: Credits;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    credits = await Credits.in(test);
  });
  beforeEach(async () => {
    tenantId = await credits.world.tenant();
  });
  afterEach(async () => {
    // Nothing is left to expire for the next one.
    await credits.expire('2027-01-01T00:00:00Z');
    await credits.verify();
  });
  afterAll(() => test.drop());

  const give = (wanted: object, at = march): ReturnType<Credits['add']> => credits.add(tenantId, wanted, at);
  const use = (amount: number, at = march, invoice = newId()): Promise<string> =>
    credits.apply(tenantId, amount, at, { invoice });

  it('are used by priority, then by expiry, then by age', async () => {
    const late = await give({ amount: '1', priority: 1, expires_at: april });
    const never = await give({ amount: '1' });
    const older = await give({ amount: '1', expires_at: may }, '2026-03-01T00:00:00Z');
    const younger = await give({ amount: '1', expires_at: may });
    const soon = await give({ amount: '1', expires_at: april });
    const first = await give({ amount: '1', priority: -1 });
    const order = [first, soon, older, younger, never, late];
    for (const [n, grant] of order.entries()) {
      expect([n, await credits.left(tenantId, grant)]).toEqual([n, ['1']]);
      expect(await use(1)).toBe('1');
      expect([n, await credits.left(tenantId, grant)]).toEqual([n, ['0']]);
    }
    expect(await use(1)).toBe('0');
  });

  it('are taken from several grants, and no more than there are', async () => {
    const [one, two] = [await give({ amount: '2.50' }), await give({ amount: '10', priority: 1 })];
    expect(await use(4)).toBe('4.00');
    expect(await credits.left(tenantId, one, two)).toEqual(['0.00', '8.50']);
    expect(await use(100)).toBe('8.50');
    expect(await credits.balance(tenantId, march)).toEqual(['0.00', '0.00', '0.00']);
    expect(await credits.accounts(tenantId)).toEqual({ top_ups: '-12.50', invoices: '12.50' });
  });

  it('of a tenant that never had any are none, and make no account', async () => {
    expect(await use(5)).toBe('0');
    expect(await credits.store.balances([tenantId], new Date(march))).toEqual([{ tenant_id: tenantId, balances: [] }]);
  });

  it('are taken once for an invoice', async () => {
    await give({ amount: '10' });
    const invoice = newId();
    expect([await use(4, march, invoice), await use(6, march, invoice)]).toEqual(['4', '4']);
    expect(await credits.balance(tenantId, march)).toEqual(['6.00', '6.00', '0.00']);
  });

  it('of each currency pay for invoices of that one alone', async () => {
    await give({ amount: '10' });
    await give({ amount: '5', currency: 'JPY' });
    const of = (currency: string): Promise<string> => credits.apply(tenantId, 7, march, { currency });
    expect([await of('EUR'), await of('JPY'), await of('USD')]).toEqual(['0', '5', '7']);
    expect(await credits.balance(tenantId, march, 'JPY')).toEqual(['0', '0', '0']);
  });

  describe('given for a reference', () => {
    it('are given once, whoever says it again', async () => {
      const wanted = { amount: '10', reference: 'pi_1', expires_at: may };
      const first = await give(wanted);
      const again = await Promise.all([give(wanted, april), give(wanted), give(wanted)]);
      expect(again.map(({ id }) => id)).toEqual([first.id, first.id, first.id]);
      // Also after it is over.
      expect(await give(wanted, '2026-06-01T00:00:00Z')).toMatchObject({ id: first.id });
      expect(await credits.balance(tenantId, march)).toEqual(['10.00', '10.00', '0.00']);
      const [log] = await test.sql(
        'select count(*)::integer as rows from public.audit_log where tenant_id = $1 and action = $2',
        [tenantId as never, 'credits.add' as never],
      );
      expect(log).toEqual({ rows: 1 });
    });

    it.each([
      ['amount', { amount: '11' }],
      ['currency', { currency: 'EUR' }],
      ['kind', { kind: 'promotional' }],
      ['priority', { priority: 1 }],
      ['expiry', { expires_at: april }],
      ['beginning', { effective_at: april }],
    ])('are refused with another %s', async (_what, other) => {
      await give({ amount: '10', reference: 'pi_1' });
      await expect(give({ amount: '10', reference: 'pi_1', ...other })).rejects.toThrow('reference_taken');
      expect(await credits.accounts(tenantId)).toEqual({ credits: '10', top_ups: '-10' });
    });

    it('are given to each tenant', async () => {
      const other = await credits.world.tenant();
      for (const id of [tenantId, other]) await credits.add(id, { amount: '1', reference: 'welcome' }, march);
      expect(await credits.balance(other, march)).toEqual(['1.00', '1.00', '0.00']);
    });

    it('are given once by other parts of billing, and something else for the same is a fault', async () => {
      const note = newId();
      const add = (amount: number): Promise<unknown> =>
        test.database.rpc('billing_credits_add', {
          p_tenant_id: tenantId,
          p_source: 'credit_note',
          p_reference: note,
          p_currency: 'USD',
          p_amount: amount,
          p_at: march,
          p_context: { ...operator },
        });
      expect(await add(3.5)).toMatchObject({ outcome: 'added', grant: { amount: '3.5', source: 'credit_note' } });
      expect(await add(3.5)).toMatchObject({ outcome: 'unchanged' });
      await expect(add(4)).rejects.toMatchObject({ code: '23505' });
      await expect(add(0)).rejects.toMatchObject({ code: '23514' });
      expect(await credits.accounts(tenantId)).toEqual({ credits: '3.5', credit_notes: '-3.5' });
    });

    it('are refused to a tenant that has ended, and when they would be over before they begin', async () => {
      await expect(give({ amount: '1', expires_at: march })).rejects.toThrow('over_before_it_begins');
      await credits.world.tenants.delete(tenantId, false, null, operator);
      await expect(give({ amount: '1' })).rejects.toThrow('tenant_not_found');
      expect(await credits.accounts(tenantId)).toEqual({});
    });
  });

  describe('that expire', () => {
    it('are not used from that moment on, however late somebody looks, and not before they take effect', async () => {
      await give({ amount: '1', expires_at: april });
      await give({ amount: '2', effective_at: april });
      expect(await credits.balance(tenantId, march)).toEqual(['3.00', '1.00', '0.00']);
      expect(await credits.balance(tenantId, april)).toEqual(['3.00', '2.00', '0.00']);
      expect(await use(9, april)).toBe('2');
      expect(await use(9, may)).toBe('0');
    });

    it('move what is left to breakage, once', async () => {
      const grant = await give({ amount: '5', expires_at: april, kind: 'promotional' });
      await use(2);
      expect(await credits.expire('2026-04-10T11:59:59.999Z')).toBe(0);
      expect([await credits.expire(may), await credits.expire(may)]).toEqual([1, 0]);
      expect(await credits.left(tenantId, grant)).toEqual(['0']);
      expect(await credits.accounts(tenantId)).toEqual({ promotions: '-5', invoices: '2', breakage: '3' });
      const [expiry] = await credits.store.transactions(tenantId, undefined, 1, undefined);
      expect(expiry).toMatchObject({ kind: 'expire', at: new Date(april).toISOString() });
    });

    it('of a tenant who is being changed wait for the next time', async () => {
      await give({ amount: '5', expires_at: april });
      const locked = test.sql(`do $$ begin
        perform 1 from public.billing_ledger_accounts where tenant_id = '${tenantId}' and account = 'credits' for update;
        perform pg_sleep(0.5); end $$`);
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      expect(await credits.expire(may)).toBe(0);
      await locked;
      expect(await credits.expire(may)).toBe(1);
    });
  });

  describe('of a void invoice go back', () => {
    it('to the grants they came from, once', async () => {
      const [one, two] = [await give({ amount: '2' }), await give({ amount: '5', priority: 1 })];
      const invoice = newId();
      await use(4, march, invoice);
      expect(await credits.unapply(tenantId, invoice, april)).toBe('4');
      expect(await credits.unapply(tenantId, invoice, april)).toBe('4');
      expect(await credits.left(tenantId, one, two)).toEqual(['2', '5']);
      expect(await credits.accounts(tenantId)).toEqual({ credits: '7', top_ups: '-7' });
    });

    it('to a new grant, where a clock that was ahead found the old one over; nobody else is kept from expiring by it', async () => {
      await give({ amount: '10', expires_at: april });
      const invoice = newId();
      await use(4, march, invoice);
      expect(await credits.expire(april)).toBe(1);
      expect(await credits.unapply(tenantId, invoice, '2026-04-10T11:59:59Z')).toBe('4');
      expect(await credits.balance(tenantId, '2026-04-10T11:59:59Z')).toEqual(['4.00', '4.00', '0.00']);
      const june = '2026-06-10T12:00:00Z';
      expect(await credits.expire(june)).toBe(1);
      expect(await credits.balance(tenantId, june)).toEqual(['0.00', '0.00', '0.00']);
    });

    it('not at all, where nothing was taken', async () => {
      expect(await credits.unapply(tenantId, newId(), april)).toBe('0');
    });

    it('to a new grant that lasts as long as the old one would have, where that is over or void', async () => {
      const over = await give({ amount: '2', expires_at: '2026-03-20T12:00:00Z', kind: 'promotional', priority: -5 });
      const voided = await give({ amount: '3' });
      const invoice = newId();
      await use(4, march, invoice);
      await credits.store.void(tenantId, voided.id, null, new Date(april), operator);
      await credits.unapply(tenantId, invoice, april);
      expect(await credits.left(tenantId, over, voided)).toEqual(['0', '0']);
      const back = (await credits.store.grants(tenantId, 10, undefined)).filter(({ source }) => source === 'invoice');
      expect(back.sort((a, b) => a.priority - b.priority)).toMatchObject([
        { kind: 'promotional', amount: '2', priority: -5, expires_at: '2026-04-20T12:00:00.000Z' },
        { kind: 'paid', amount: '2', priority: 0, expires_at: null },
      ]);
      expect(await credits.balance(tenantId, april)).toEqual(['4.00', '4.00', '0.00']);
    });
  });

  describe('with an overdraft', () => {
    it('may be used as far as that, and no further', async () => {
      await give({ amount: '10' });
      expect(await credits.setOverdraft(tenantId, '20', march)).toBe('set');
      expect(await credits.setOverdraft(tenantId, '20.00', march)).toBe('unchanged');
      expect([await use(25), await use(25)]).toEqual(['25', '5']);
      expect(await credits.balance(tenantId, march)).toEqual(['-20.00', '0.00', '20.00']);
      expect(await credits.setOverdraft(tenantId, '19.99', march)).toBe('overdrawn');
    });

    it('pay that back first, as soon as they are in effect', async () => {
      await credits.setOverdraft(tenantId, '20', march);
      await use(20);
      const later = await give({ amount: '8', effective_at: april });
      expect(await credits.left(tenantId, later)).toEqual(['8']);
      const now = await give({ amount: '15' });
      expect(await credits.left(tenantId, now)).toEqual(['0']);
      expect(await credits.balance(tenantId, march)).toEqual(['3.00', '15.00', '5.00']);
      // By the sweep, where nobody takes or gives.
      await credits.expire(april);
      expect(await credits.left(tenantId, later)).toEqual(['3']);
      expect(await credits.balance(tenantId, april)).toEqual(['3.00', '23.00', '0.00']);
    });

    it('give back to it what a void invoice took beyond them, and the rest as credits', async () => {
      await credits.setOverdraft(tenantId, '20', march);
      const invoice = newId();
      await use(20, march, invoice);
      await give({ amount: '15' });
      await credits.unapply(tenantId, invoice, april);
      expect(await credits.balance(tenantId, april)).toEqual(['15.00', '35.00', '0.00']);
      expect(await credits.accounts(tenantId)).toEqual({ credits: '15', top_ups: '-15' });
    });
  });

  describe('that are voided', () => {
    it('lose what is left, once, and keep what was used', async () => {
      const grant = await give({ amount: '5' });
      await use(2);
      const stale = await credits.store.void(tenantId, grant.id, grant.row_version, new Date(april), operator);
      expect(stale).toBe('stale');
      for (let n = 0; n < 2; n += 1)
        expect(await credits.store.void(tenantId, grant.id, null, new Date(april), operator)).toBe('voided');
      expect(await credits.accounts(tenantId)).toEqual({ top_ups: '-5', invoices: '2', write_offs: '3' });
      expect(await use(1)).toBe('0');
    });

    it('must be the tenant’s', async () => {
      const grant = await give({ amount: '5' });
      const other = await credits.world.tenant();
      expect(await credits.store.void(other, grant.id, null, new Date(april), operator)).toBe('not_found');
    });
  });
});
