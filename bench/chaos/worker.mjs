// One writer or one compactor of bench/chaos-usage.mjs: a process of its own, that may be killed at any time.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LiteDatabase } from '../../dist/embedded/supabase/lite-database.js';
import { DatabaseError } from '../../dist/platform/database-error.js';
import { EventLogStore } from '../../dist/usage-metrics/events/event-log.store.js';
import { batchOf, jsonOf } from './batches.mjs';

const { role, writer, tenants, from, schemaFile, database: where } = JSON.parse(process.argv[2]);
let { batch } = JSON.parse(process.argv[2]);
const schema = await readFile(schemaFile, 'utf8');
const patienceMs = 5_000;
let database;
let log;
await connect();

/** Anew after a call that had no answer at all: the driver may wait for 20 s before it tries a server again. */
async function connect() {
  void database?.close().catch(() => undefined);
  database = await LiteDatabase.open({ ...where, schema, poolSize: 2 });
  log = new EventLogStore(database);
}

// Told to stop, it finishes what it has begun; its parent being gone, it goes too.
const told = new AbortController();
process.on('message', () => told.abort());
process.on('disconnect', () => process.exit(1));

/** Until it succeeds. What is no outage is told. */
async function insist(call) {
  for (;;) {
    try {
      return await call(AbortSignal.timeout(patienceMs));
    } catch (error) {
      const silent = error.name === 'TimeoutError';
      if (!silent && !(error instanceof DatabaseError)) throw error;
      process.send({ fault: silent ? 'silence' : error.code, message: error.message });
      if (silent) await connect();
      await delay(20 + Math.random() * 80);
    }
  }
}

async function write() {
  const events = batchOf(tenants, from, writer, batch);
  const pending = events.map((event) => ({ tenantId: event.tenant, json: jsonOf(event) }));
  const { accepted, duplicates, rejected } = await insist((signal) =>
    log.append(pending, { atomic: batch % 2 === 0, signal }),
  );
  if (rejected.length > 0 || accepted + duplicates.length !== events.length)
    process.send({ fault: 'receipt', message: JSON.stringify({ accepted, duplicates, rejected }) });
  for (const { tenant, source, id } of events.slice(0, 30).filter(({ voided }) => voided)) {
    const args = { p_tenant: tenant, p_source: source, p_id: id, p_reason: 'chaos', p_replacement: null };
    const { outcome } = await insist(() =>
      database.rpc('usage_event_void', { ...args, p_context: { actor: 'chaos' } }),
    );
    if (outcome !== 'voided' && outcome !== 'already_voided') process.send({ fault: 'void', message: outcome });
  }
  process.send({ acknowledged: batch });
  batch += 1;
}

while (!told.signal.aborted) {
  if (role === 'writer') await write();
  else {
    const { more } = await insist((signal) => database.rpc('usage_compact', { p_limit: 100 }, { signal }));
    if (!more) await delay(20);
  }
}
process.send({ ended: true });
await database.close();
process.disconnect();
