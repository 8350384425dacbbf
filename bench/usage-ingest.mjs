// npm run bench:usage-ingest: usage events through HTTP, with authentication, validation, dedup and counts, beside bare multi-row INSERTs of the same
// rows into a table of the same columns, in the same run.
import 'reflect-metadata';
import { cpus } from 'node:os';
import { Worker } from 'node:worker_threads';
import { median, percentile, table } from './measure.mjs';
import { withUsageService } from './usage-service.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const load = new Worker(new URL('./event-load.mjs', import.meta.url));
let runs = 0;
try {
  await withUsageService(bench);
} finally {
  await load.terminate();
}

async function bench({ url, api, sql }) {
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench' });
  const { key } = await api('POST', '/v1/api-keys', { name: 'bench', tenant: 'bench', scopes: ['usage:write'] });
  await makeMeter(sql);
  await sql.unsafe(
    'create table bench_bare (tenant_id uuid, type text, time timestamptz, source text, event_id text, data jsonb, extra jsonb, received_at timestamptz)',
  );
  const send = (members) => measured({ host: url.hostname, port: Number(url.port), key, seconds, ...members });
  await send({ connections: 8, batch: 100, seconds: 2 });
  await send({ connections: 64, batch: 1, seconds: 2 });
  const rows = [];
  for (let round = 0; round < rounds; round += 1) {
    rows.push({
      bare: await bareInserts(sql),
      batches: await send({ connections: 1, batch: 1_000 }),
      writers: await send({ connections: 8, batch: 1_000 }),
      replays: await send({ connections: 1, batch: 1_000, repeat: 5 }),
      singles: await send({ connections: 64, batch: 1 }),
    });
    process.stdout.write(`${JSON.stringify(rows.at(-1), (name, value) => (name === 'samples' ? undefined : value))}\n`);
  }
  report(rows);
}

/** A sum by one dimension. */
async function makeMeter(sql) {
  await sql.unsafe(`insert into public.usage_meters (slug, name, event_type, aggregation, value_property, group_by, value_path, dimensions, backfill_day)
    values ('bench_tokens', 'Tokens', 'bench.used', 'sum', '$.tokens', '{"model": "$.model"}', '{tokens}', array[row('model', '{model}')::public.usage_dimension], null)`);
}

async function bareInserts(sql) {
  const end = performance.now() + seconds * 1_000;
  const began = performance.now();
  let events = 0;
  while (performance.now() < end) {
    const values = [];
    const parameters = [];
    for (let n = 0; n < 1_000; n += 1) {
      const at = parameters.length;
      values.push(`($${at + 1},$${at + 2},$${at + 3},$${at + 4},$${at + 5},$${at + 6},$${at + 7},now())`);
      const time = new Date(Date.now() - (n % 600) * 1_000).toISOString();
      const data = `{"tokens":${n % 97},"model":"m-${n % 5}","cost":"0.00${n % 9}1"}`;
      parameters.push(
        '0199c0de-0000-7000-8000-000000000001',
        'bench.used',
        time,
        '/bench',
        `bare-${events + n}`,
        data,
        '{}',
      );
    }
    await sql.unsafe(`insert into bench_bare values ${values.join(',')}`, parameters);
    events += 1_000;
  }
  return { perSecond: Math.round((events * 1_000) / (performance.now() - began)) };
}

async function measured(task) {
  runs += 1;
  const answer = new Promise((resolve) => load.once('message', resolve));
  const before = process.threadCpuUsage();
  load.postMessage({ prefix: `r${runs}`, ...task }, []);
  const { samples, events, wallMs, error } = await answer;
  if (error !== undefined) throw new Error(error);
  // Without the thread that sends.
  const { user, system } = process.threadCpuUsage(before);
  return {
    perSecond: Math.round((events * 1_000) / wallMs),
    p50: percentile(samples, 0.5),
    p99: percentile(samples, 0.99),
    cpuMicroseconds: (user + system) / events,
    samples,
  };
}

function report(rows) {
  const rate = (name) => median(rows.map((row) => row[name].perSecond));
  const to = (name, other) => median(rows.map((row) => row[name].perSecond / row[other].perSecond)).toFixed(2);
  const ms = (name, share) => median(rows.map((row) => row[name][share])).toFixed(1);
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds of ${seconds} s\n\n`,
  );
  process.stdout.write(
    table(
      ['events', 'a second', 'to bare INSERTs', 'p50 ms', 'p99 ms'],
      [
        ['bare INSERTs of 1,000 rows', rate('bare'), '1', '', ''],
        ...[
          ['batches of 1,000', 'batches'],
          ['batches of 1,000, 8 writers', 'writers'],
          ['batches of 1,000, four of five sent again', 'replays'],
          ['one a request, 64 connections', 'singles'],
        ].map(([title, name]) => [title, rate(name), to(name, 'bare'), ms(name, 'p50'), ms(name, 'p99')]),
      ],
    ),
  );
}
