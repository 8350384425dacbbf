import { readFile } from 'node:fs/promises';
import type { SupabaseClient } from '@supabase/supabase-js';
import { DatabaseError } from '../../src/platform/database-error.js';
import type { Calls, DatabaseUnderContract } from './database-under-contract.js';
import { valuesContract } from './database-values.contract.js';

const fixtures = new URL('database-contract.sql', import.meta.url);

async function failure(work: Promise<unknown>): Promise<DatabaseError> {
  const thrown = await work.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(DatabaseError);
  if (!(thrown instanceof DatabaseError)) throw thrown;
  return thrown;
}

/** What every backend of the database port does the same. */
export function databaseContract(backend: string, open: () => Promise<DatabaseUnderContract>): void {
  describe(`the database port over ${backend}`, () => {
    let under: DatabaseUnderContract;
    let calls: Calls;

    beforeAll(async () => {
      under = await open();
      calls = under.database;
      await under.sql(await readFile(fixtures, 'utf8'));
    }, 30_000);

    afterAll(async () => {
      await under.sql('select public.contract_drop(); drop function public.contract_drop()');
      await under.close();
    }, 30_000);

    beforeEach(async () => {
      await under.sql('delete from public.contract_items');
    });

    valuesContract(() => under);

    describe('errors', () => {
      it.each([['PT400'], ['PT404'], ['PT409'], ['PT412'], ['PT422'], ['PT429'], ['P0001'], ['22023']])(
        'a raised %s arrives with its code, detail and hint, and is not to be repeated',
        async (code) => {
          const error = await failure(calls.rpc('contract_raise', { p_code: code }, { idempotent: true }));
          expect(error).toMatchObject({ code, retryable: false, details: 'the detail', hint: 'the hint' });
          expect(error.message).toBe('contract_raise: refused');
        },
      );

      it.each([['40001'], ['40P01'], ['55P03']])('a raised %s may pass', async (code) => {
        expect(await failure(calls.rpc('contract_raise', { p_code: code }))).toMatchObject({ code, retryable: true });
      });

      it('a taken key is told by its code', async () => {
        await calls.rpc('contract_insert', { p_key: 'a', p_quantity: 1 });
        const error = await failure(calls.rpc('contract_insert', { p_key: 'a', p_quantity: 1 }));
        expect(error).toMatchObject({ code: '23505', retryable: false });
      });

      it('a broken check is told by its code', async () => {
        expect(await failure(calls.rpc('contract_insert', { p_key: 'a', p_quantity: -1 }))).toMatchObject({
          code: '23514',
        });
      });

      it('an argument of the wrong type is told by its code', async () => {
        expect(await failure(calls.rpc('contract_default', { p_value: 'seven' }))).toMatchObject({ code: '22P02' });
      });

      it.each([
        ['a function that is not there', 'contract_missing', {}],
        ['an argument that is not there', 'contract_default', { p_other: 1 }],
      ])('%s is told by its code, with what to do', async (_, name, args) => {
        const error = await failure(calls.rpc(name, args));
        expect(error).toMatchObject({ code: 'PGRST202', retryable: false });
        expect(error.message).toContain('npm run db:push');
      });
    });

    describe('a call', () => {
      it('runs as the service role', async () => {
        await expect(calls.rpc('contract_who', {})).resolves.toBe('service_role');
      });

      it('is one transaction: what fails has changed nothing', async () => {
        await calls.rpc('contract_add', { p_key: 'a', p_quantity: 5 });
        expect(await failure(calls.rpc('contract_add_then_raise', { p_key: 'a' }))).toMatchObject({ code: 'PT422' });
        await expect(under.sql('select key, quantity from public.contract_items')).resolves.toEqual([
          { key: 'a', quantity: 5 },
        ]);
      });

      it('is committed when it is answered', async () => {
        await calls.rpc('contract_add', { p_key: 'a', p_quantity: 1 });
        await expect(under.sql('select key from public.contract_items')).resolves.toEqual([{ key: 'a' }]);
      });

      it('loses nothing among others at the same time', async () => {
        await Promise.all(Array.from({ length: 40 }, () => calls.rpc('contract_add', { p_key: 'a', p_quantity: 1 })));
        await expect(under.sql('select quantity from public.contract_items')).resolves.toEqual([{ quantity: 40 }]);
      });

      it('does not wait for a slow one', async () => {
        const slow = calls.rpc('contract_sleep', { p_ms: 1_000 }).then(() => 'slow');
        const quick = calls.rpc('contract_text', { p_value: 'quick' });
        await expect(Promise.race([slow, quick])).resolves.toBe('quick');
        await slow;
      });

      it('has the time that its function sets: less than is usual', async () => {
        const before = performance.now();
        expect(await failure(calls.rpc('contract_hurry', { p_ms: 2_000 }))).toMatchObject({
          code: '57014',
          retryable: false,
        });
        expect(performance.now() - before).toBeLessThan(1_500);
      });

      it('has the time that its function sets: more than is usual', async () => {
        await expect(calls.rpc('contract_take_time', {})).resolves.toBe('42s');
      });

      it('answers at most 1,000 rows, without a word', async () => {
        await expect(calls.rpc('contract_rows', { p_count: 1_001 })).resolves.toHaveLength(1_000);
      });

      it('can be given up', async () => {
        const before = performance.now();
        const call = calls.rpc('contract_sleep', { p_ms: 1_000 }, { signal: AbortSignal.timeout(50) });
        await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
        expect(performance.now() - before).toBeLessThan(900);
      });
    });

    describe('a read', () => {
      it('returns rows, and one or none where one is asked for', async () => {
        await under.sql(`insert into public.contract_items values ('a', 1), ('b', 2)`);
        const table = () => {
          const client: SupabaseClient = under.database.client;
          return client.from('contract_items');
        };
        const { database } = under;
        await expect(database.read(() => table().select('key').order('key'))).resolves.toEqual([
          { key: 'a' },
          { key: 'b' },
        ]);
        await expect(database.read(() => table().select().eq('key', 'b').maybeSingle())).resolves.toEqual({
          key: 'b',
          quantity: 2,
        });
        await expect(database.read(() => table().select().eq('key', 'c').maybeSingle())).resolves.toBeNull();
      });

      it('of a table that is not there is told by its code', async () => {
        const client: SupabaseClient = under.database.client;
        expect(await failure(under.database.read(() => client.from('contract_missing').select()))).toMatchObject({
          code: 'PGRST205',
        });
      });
    });

    describe('whoever has only the publishable key', () => {
      it.each([['contract_text'], ['ping']])('cannot call %s', async (name) => {
        const { data, error } = await under.anonymous.rpc(name, name === 'ping' ? {} : { p_value: 'a' });
        expect(data).toBeNull();
        expect(error?.code).toBe('42501');
      });

      it('cannot read, write or delete', async () => {
        await under.sql(`insert into public.contract_items values ('a', 1)`);
        const table = under.anonymous.from('contract_items');
        for (const attempt of [
          table.select(),
          table.insert({ key: 'b', quantity: 1 }),
          table.update({ quantity: 9 }).eq('key', 'a'),
          table.delete().eq('key', 'a'),
        ]) {
          const { error } = await attempt;
          expect(error?.code).toBe('42501');
        }
        await expect(under.sql('select key, quantity from public.contract_items')).resolves.toEqual([
          { key: 'a', quantity: 1 },
        ]);
      });
    });

    it('answers a ping', async () => {
      await expect(under.database.ping()).resolves.toBeUndefined();
      await expect(under.database.ping(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    });
  });
}
