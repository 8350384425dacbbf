import { createClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { clientOptions, HostedDatabase } from '../../../src/platform/hosted-database.js';
import { databaseContract } from '../../contracts/database.contract.js';
import { createTestDatabase } from '../../setup/database.js';

databaseContract('the embedded Supabase in process', async () => {
  const test = await createTestDatabase();
  return {
    database: test.database,
    anonymous: test.database.clientWith(test.database.keys.publishableKey),
    sql: (statements) => test.sql(statements),
    close: () => test.drop(),
  };
});

databaseContract('HTTP to the embedded Supabase', async () => {
  const test = await createTestDatabase();
  const { secretKey, publishableKey } = test.database.keys;
  const { url } = await test.database.serve();
  const database = new HostedDatabase({ url, secretKey });
  return {
    database,
    anonymous: createClient(url, publishableKey, clientOptions),
    sql: (statements) => test.sql(statements),
    async close() {
      await database.close();
      await test.drop();
    },
  };
});

// A project that holds nothing else: the contract makes and drops its own functions there, after `npm run db:push`.
const {
  TENANTRY_TEST_SUPABASE_URL: url,
  TENANTRY_TEST_SUPABASE_SECRET_KEY: secretKey = '',
  TENANTRY_TEST_SUPABASE_PUBLISHABLE_KEY: publishableKey = '',
  TENANTRY_TEST_SUPABASE_DB_URL: databaseUrl = '',
} = process.env;

if (url) {
  databaseContract('a Supabase project', async () => {
    const owner = postgres(databaseUrl, { max: 1, prepare: false, onnotice: () => undefined });
    const database = new HostedDatabase({ url, secretKey });
    return {
      database,
      anonymous: createClient(url, publishableKey, clientOptions),
      async sql(statements) {
        const rows = await owner.unsafe<object[]>(`${statements}; notify pgrst, 'reload schema'`).simple();
        return [...rows];
      },
      async close() {
        await database.close();
        await owner.end({ timeout: 1 });
      },
    };
  });
}
