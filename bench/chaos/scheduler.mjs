// One scheduler of bench/chaos-billing.mjs: it bills whatever is due, knows of no lease and of no other, and may be killed at any time.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LiteDatabase } from '../../dist/embedded/supabase/lite-database.js';
import { DatabaseError } from '../../dist/platform/database-error.js';
import { billingOver } from './billing-over.mjs';

const { schemaFile, database: where } = JSON.parse(process.argv[2]);
const schema = await readFile(schemaFile, 'utf8');
const told = new AbortController();
process.on('message', () => told.abort());
process.on('disconnect', () => process.exit(1));

let database = await LiteDatabase.open({ ...where, schema, poolSize: 4 });
while (!told.signal.aborted) {
  const stuck = AbortSignal.timeout(10_000);
  const work = billingOver(database).work;
  const order = { asOf: new Date().toISOString(), tenants: null, run: null };
  try {
    const gaveUp = new Promise((_, reject) =>
      stuck.addEventListener('abort', () => reject(stuck.reason), { once: true }),
    );
    await Promise.race([work.bill(order, { stop: told.signal, cancel: told.signal }), gaveUp]);
    await delay(10);
  } catch (error) {
    const silent = error.name === 'TimeoutError';
    if (!silent && !(error instanceof DatabaseError)) throw error;
    process.send({ fault: silent ? 'silence' : error.code, message: error.message });
    // The driver may wait for 20 s before it tries a server again.
    void database.close().catch(() => undefined);
    database = await LiteDatabase.open({ ...where, schema, poolSize: 4 });
    await delay(20 + Math.random() * 80);
  }
}
process.send({ ended: true });
await database.close();
process.disconnect();
