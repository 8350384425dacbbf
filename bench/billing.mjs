// npm run bench:billing: a billing run over 200 tenants and 3 million events, and a rating of the same period from the events alone; beside a scan of
// the same rows and a bare SUM over them, on the same server in the same run.
import 'reflect-metadata';
import { cpus, totalmem } from 'node:os';
import { billingOver } from './chaos/billing-over.mjs';
import { inParallel, median, table } from './measure.mjs';
import { withUsageService } from './usage-service.mjs';
import { newId } from '../dist/platform/ids.js';

const tenants = 200;
const days = 31;
const models = 5;
const dayMs = 86_400_000;
const events = Number(process.env.BENCH_EVENTS ?? 3_000_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const from = new Date(Math.floor(Date.now() / dayMs) * dayMs - (days + 1) * dayMs);
const to = new Date(from.getTime() + days * dayMs);

await withUsageService(bench);

async function bench({ api, sql, database }) {
  progress('making tenants, the meter and subscriptions');
  await inParallel(tenants, 8, (n) => api('POST', '/v1/tenants', { slug: `bench-${n}`, name: `Bench ${n}` }));
  await prepare(sql);
  await addEvents(sql);
  await count(sql);
  const samples = { scan: [], sum: [], run: [], rerate: [] };
  let [billed, rerated] = [];
  for (let round = 0; round < rounds; round += 1) {
    await subscribeAll(sql);
    progress(`round ${round + 1}`);
    samples.scan.push(await timed(() => scan(sql)));
    const billing = billingOver(database);
    samples.run.push(await timed(() => run(billing)));
    billed = await invoices(sql);
    samples.sum.push(await timed(() => bareSum(sql)));
    samples.rerate.push(await timed(async () => (rerated = await rerate(billing, billed))));
    compare(billed, rerated);
    progress(
      Object.entries(samples)
        .map(([what, all]) => `${what} ${all.at(-1).toFixed(0)} ms`)
        .join(', '),
    );
  }
  report(samples, billed);
}

async function prepare(sql) {
  await sql`set synchronous_commit = off`;
  await sql.unsafe(`insert into public.usage_meters (slug, name, event_type, aggregation, value_property, group_by, value_path, dimensions, backfill_day)
    values ('bench_tokens', 'Tokens', 'bench.used', 'sum', '$.tokens', '{"model": "$.model"}', '{tokens}', array[row('model', '{model}')::public.usage_dimension], null)`);
  await sql`insert into public.billing_plan_versions (id, plan, version, effective_from, quotas) values ('bench@1', 'bench', 1, '2020-01-01Z', '{}')`;
  await sql`select public.usage_partitions_make(array(select generate_series(${from}::timestamptz, ${to}::timestamptz, interval '1 day')::date))`;
}

/** Straight into the log, without the keys of deduplication, which billing does not read. */
async function addEvents(sql) {
  for (let day = 0; day < days; day += 1) {
    if (day % 5 === 0) progress(`adding the events of day ${day + 1} of ${days}`);
    await sql`
      insert into public.usage_events (tenant_id, type, time, seq, source, event_id, data, extra, received_at)
      select t.id, 'bench.used', x.time, n, '/bench', 'e-' || n, x.data, '{}', x.time
      from generate_series(${day}::bigint, ${events - 1}::bigint, ${days}::bigint) n
        join (select id, row_number() over (order by slug) - 1 as place from public.tenants) t on t.place = n / ${days} % ${tenants}
        cross join lateral (select ${new Date(from.getTime() + day * dayMs)}::timestamptz + interval '9 hours' + interval '1 ms' * (n * 7919 % 28800000) as time,
          jsonb_build_object('tokens', n % 997, 'model', 'm-' || n / ${days * tenants} % ${models}, 'cost', '0.00' || n % 9 || '1') as data) x
      order by t.id, x.time, n`;
  }
}

/** As the intake does, into deltas, which the service folds. */
async function count(sql) {
  progress('counting');
  for (let day = from.getTime(); day < to.getTime(); day += dayMs) {
    await sql`
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, sum)
      select meter_id, tenant_id, bucket, dims, count(*), sum(value) from public.usage_measures
      where time >= ${new Date(day)} and time < ${new Date(day + dayMs)} group by 1, 2, 3, 4`;
  }
  for (let left; left !== '0'; [{ left }] = await sql`select count(*) as left from public.usage_deltas`) {
    progress(`waiting for the folding of ${left ?? 'all'} deltas`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
  progress('vacuum analyze');
  await sql`vacuum analyze public.usage_events, public.usage_rollups, public.usage_deltas`;
}

/** A fee and graduated usage for each tenant, over the whole of the time. What was billed in the round before ends, so that it is billed once. */
async function subscribeAll(sql) {
  const tiers = [
    { up_to: '1000000', unit_amount: '0.000013' },
    { up_to: null, unit_amount: '0.0000071' },
  ];
  const components = [
    component('base', 'recurring', null, { model: 'flat', amount: '10' }),
    component('tokens', 'usage', 'bench_tokens', { model: 'graduated', tiers }),
  ];
  // In one period of the time that holds the events, whatever months are like: it ends there.
  const year = new Date(from.getTime() + 366 * dayMs);
  await sql`update public.billing_subscriptions set status = 'ended'`;
  await sql`delete from public.usage_late_changes`;
  await sql`delete from public.usage_periods`;
  for (const { id: tenant } of await sql`select id from public.tenants`) {
    const id = newId();
    await sql`insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, ends_at,
        next_period_from, next_period_to) values (${id}, ${tenant}, 'active', 'USD', 'year', 'UTC', ${from}, ${from}, ${to}, ${from}, ${year})`;
    await sql`insert into public.billing_phases (subscription_id, seq, starts_at, trial, plan_version, components)
      values (${id}, 0, ${from}, false, 'bench@1', ${sql.json(components)})`;
    await sql`select public.billing_gathering_open(${newId()}, s) from public.billing_subscriptions s where id = ${id}`;
  }
}

function component(key, kind, meter, price) {
  const versions = [{ id: `${key}@1`, effective_from: '2010-01-01T00:00:00Z', terms: { price } }];
  return { key, kind, meter, unit: null, proration: 'per_second', versions };
}

/** What somebody would scan who has no counts: how many, and how much, by tenant. */
function scan(sql) {
  return sql`select tenant_id, count(*), sum((data ->> 'tokens')::numeric) from public.usage_events
    where type = 'bench.used' and time >= ${from} and time < ${to} and voided_at is null group by 1`;
}

function bareSum(sql) {
  return sql`select sum((data ->> 'tokens')::numeric) from public.usage_events
    where type = 'bench.used' and time >= ${from} and time < ${to}`;
}

async function run({ work }) {
  const never = new AbortController().signal;
  await work.bill({ asOf: new Date().toISOString(), tenants: null, run: null }, { stop: never, cancel: never });
}

/** Those of the last round. */
function invoices(sql) {
  return sql`select i.tenant_id, i.total::text, i.inputs from public.billing_invoices i join public.billing_subscriptions s on s.id = i.subscription_id
    where i.number is not null and s.status <> 'ended' order by i.id`;
}

/** Segments, events, prices, lines and cents of every invoice again, from the events alone. */
function rerate({ periods }, billed) {
  return periods.rate(
    billed.map(({ tenant_id: tenantId, inputs }) => ({ tenantId, period: inputs.subscription })),
    { from: 'events' },
  );
}

function compare(billed, rerated) {
  if (billed.length !== tenants) throw new Error(`${billed.length} invoices were written, not ${tenants}`);
  const wrong = billed.filter(({ total }, n) => rerated[n].rated?.totals.total !== total);
  if (wrong.length > 0) throw new Error(`${wrong.length} invoices are not what their events come to`);
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function report(samples, billed) {
  const ms = Object.fromEntries(Object.entries(samples).map(([what, all]) => [what, median(all)]));
  const perSecond = (what) => Math.round(events / (ms[what] / 1_000)).toLocaleString('en');
  const row = (name, what, beside) => [
    name,
    ms[what].toFixed(0),
    perSecond(what),
    beside === undefined ? '' : (ms[beside] / ms[what]).toFixed(2),
  ];
  process.stdout.write(
    `${new Date().toISOString()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
  );
  process.stdout.write(
    table(
      ['what', 'ms, median', 'events / s', 'to the one before'],
      [
        row('scan of the rows: count and sum by tenant', 'scan'),
        row(`billing run: ${billed.length} invoices`, 'run', 'scan'),
        row('bare SUM', 'sum'),
        row('rating again from the events', 'rerate', 'sum'),
      ],
    ),
  );
  for (const [what, all] of Object.entries(samples))
    process.stdout.write(`${what}: ${all.map((each) => each.toFixed(0)).join(', ')} ms\n`);
}

function progress(text) {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
