import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { deed, Life } from './idempotency-life.js';

describe('requests with idempotency keys, whatever stops, wakes, fails and comes again', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    await test.sql(`
      create table public.marks (id bigint generated always as identity, tag text not null);
      create table public.counter (n integer not null);
      insert into public.counter values (0);
      create function public.mark(p_tag text, p_read integer) returns jsonb language plpgsql set search_path = '' as $$
      declare counted integer;
      begin
        insert into public.marks (tag) values (p_tag);
        update public.counter set n = n + 1 returning n into counted;
        return jsonb_build_object('counted', counted, 'read', p_read);
      end $$;`);
  });
  afterAll(() => test.drop());

  it('take effect once each, and are answered the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 25, size: 'max' }), async (deeds) => {
        await test.sql(
          'delete from public.marks; delete from public.idempotency_keys; update public.counter set n = 0',
        );
        const life = new Life(test);
        for (const next of deeds) await life.live(next);
        await life.end();
      }),
      { numRuns: 100 },
    );
  });
});
