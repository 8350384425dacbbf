// npm run bench:usage-query: what a meter has counted in 31 days, by day and one dimension, through HTTP with authentication; beside hand-written SQL on
// the raw events and on the rollup that holds the same, on the same server in the same run; and how the answer's time grows with the events.
import 'reflect-metadata';
import { cpus } from 'node:os';
import { Worker } from 'node:worker_threads';
import { client, inParallel, median, percentile, table } from './measure.mjs';
import { withUsageService } from './usage-service.mjs';

const tenants = 200;
const days = 31;
const models = 5;
const dayMs = 86_400_000;
/** Compared with hand-written SQL at the second one; growth is from the first to the last. */
const stages = (process.env.BENCH_EVENTS ?? '1000000,3000000,10000000').split(',').map(Number);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

const load = new Worker(new URL('./load.mjs', import.meta.url));
const to = new Date(Math.floor(Date.now() / dayMs) * dayMs);
const from = new Date(to.getTime() - days * dayMs);
const question = `/v1/meters/bench_tokens/query?from=${from.toISOString()}&to=${to.toISOString()}&window_size=DAY&group_by=model`;
try {
  await withUsageService(bench);
} finally {
  await load.terminate();
}

async function bench({ url, operatorKey, api, sql }) {
  progress('making tenants and the meter');
  await inParallel(tenants, 8, (n) => api('POST', '/v1/tenants', { slug: `bench-${n}`, name: `Bench ${n}` }));
  const { key } = await api('POST', '/v1/api-keys', { name: 'b', tenant: 'bench-7', scopes: ['usage:read'] });
  await prepare(sql);
  const callers = { fleet: operatorKey, 'one tenant': key };
  const measures = [];
  let loaded = 0;
  for (const events of stages) {
    await addEvents(sql, loaded, events);
    await count(sql, loaded);
    loaded = events;
    await verify(sql, events);
    for (const [whose, caller] of Object.entries(callers)) {
      progress(`asking about ${whose}`);
      await sameAnswer(url, caller, sql, whose);
      measures.push({ events, whose, ...(await measureAll(url, caller, sql, whose, events === stages[1])) });
      const { ours, rollup, raw } = measures.at(-1);
      progress(
        [ours, rollup, raw]
          .map((samples) => `${median(samples).toFixed(1)}/${percentile(samples, 0.99).toFixed(1)} ms`)
          .join(', '),
      );
    }
  }
  report(measures, await cost(url, key));
}

/** The meter is there from the beginning, and has nothing to catch up with: the events are counted here. */
async function prepare(sql) {
  await sql`set synchronous_commit = off`;
  await sql.unsafe(`insert into public.usage_meters (slug, name, event_type, aggregation, value_property, group_by, value_path, dimensions, backfill_day)
    values ('bench_tokens', 'Tokens', 'bench.used', 'sum', '$.tokens', '{"model": "$.model"}', '{tokens}', array[row('model', '{model}')::public.usage_dimension], null)`);
  await sql`select public.usage_partitions_make(array(select generate_series(${from}::timestamptz, ${to}::timestamptz, interval '1 day')::date))`;
}

/** Straight into the log, without the keys of deduplication, which no query reads. Spread over tenants, models and eight hours of each day. */
async function addEvents(sql, first, end) {
  for (let day = 0; day < days; day += 1) {
    if (day % 5 === 0) progress(`adding the events of day ${day + 1} of ${days}, up to ${end}`);
    // In the order of the primary key, which is fastest.
    await sql`
      insert into public.usage_events (tenant_id, type, time, seq, source, event_id, data, extra, received_at)
      select t.id, 'bench.used', x.time, n, '/bench', 'e-' || n, x.data, '{}', x.time
      from generate_series(${first + day}::bigint, ${end - 1}::bigint, ${days}::bigint) n
        join (select id, row_number() over (order by slug) - 1 as place from public.tenants) t on t.place = n / ${days} % ${tenants}
        cross join lateral (select ${new Date(from.getTime() + day * dayMs)}::timestamptz + interval '9 hours' + interval '1 ms' * (n * 7919 % 28800000) as time,
          jsonb_build_object('tokens', n % 997, 'model', 'm-' || n / ${days * tenants} % ${models}, 'cost', '0.00' || n % 9 || '1') as data) x
      order by t.id, x.time, n`;
  }
}

/** As the intake does, into deltas, which the service folds. */
async function count(sql, first) {
  progress('counting');
  for (let day = from.getTime(); day < to.getTime(); day += dayMs) {
    await sql`
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, sum)
      select meter_id, tenant_id, bucket, dims, count(*), sum(value) from public.usage_measures
      where time >= ${new Date(day)} and time < ${new Date(day + dayMs)} and seq >= ${first} group by 1, 2, 3, 4`;
  }
  for (let left; left !== '0'; [{ left }] = await sql`select count(*) as left from public.usage_deltas`) {
    progress(`waiting for the folding of ${left ?? 'all'} deltas`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
  progress('vacuum analyze');
  await sql`vacuum analyze public.usage_events, public.usage_rollups, public.usage_deltas`;
}

async function verify(sql, events) {
  const [{ id }] = await sql`select id from public.usage_meters`;
  const [{ total }] = await sql`select sum(count)::bigint as total from public.usage_rollups where grain = 1440`;
  if (Number(total) !== events) throw new Error(`${total} events were counted, not ${events}`);
  for (const day of [0, 15, 30]) {
    const date = new Date(from.getTime() + day * dayMs).toISOString().slice(0, 10);
    progress(`verifying ${date}`);
    const [{ answer }] = await sql`select public.usage_verify(${id}, ${date}, null) as answer`;
    if (answer.compared === 0 || answer.differences.length > 0) throw new Error(JSON.stringify(answer).slice(0, 2_000));
  }
}

/** What somebody would write who knows the tables. */
function byHand(sql, whose) {
  const only = whose === 'fleet' ? sql`` : sql`and tenant_id = (select id from public.tenants where slug = 'bench-7')`;
  return {
    raw: () => sql`
      select date_trunc('day', time, 'UTC') as day, data ->> 'model' as model, sum((data ->> 'tokens')::numeric)::text as value from public.usage_events
      where type = 'bench.used' and time >= ${from} and time < ${to} and voided_at is null ${only} group by 1, 2 order by 1, 2`,
    rollup: () => sql`
      select bucket as day, dims ->> 'model' as model, sum(sum)::text as value from public.usage_rollups
      where meter_id = 1 and grain = 1440 and bucket >= ${from} and bucket < ${to} ${only} group by 1, 2 order by 1, 2`,
  };
}

/** Else the comparison would be of different things. */
async function sameAnswer(url, key, sql, whose) {
  const { data } = await client(url.origin, key)('GET', question);
  const ours = data.map((row) => [new Date(row.window_start).getTime(), row.group_by.model, row.value_decimal].join());
  for (const ask of Object.values(byHand(sql, whose))) {
    const theirs = (await ask()).map(({ day, model, value }) => [day.getTime(), model, value].join());
    if (theirs.length !== days * models || theirs.join() !== ours.join())
      throw new Error(`the answers about ${whose} differ`);
  }
}

/** In turns, so that a machine that slows down slows all. */
async function measureAll(url, key, sql, whose, withRaw) {
  const hand = byHand(sql, whose);
  const samples = { ours: [], rollup: [], raw: [] };
  for (let round = 0; round < rounds; round += 1) {
    samples.ours.push(...(await overHttp(new URL(question, url), key)));
    samples.rollup.push(...(await timed(hand.rollup, seconds)));
    if (withRaw) samples.raw.push(...(await timed(hand.raw, seconds)));
  }
  return samples;
}

async function overHttp(url, key) {
  const answer = new Promise((resolve) => load.once('message', resolve));
  load.postMessage({ url: url.href, headers: { authorization: `Bearer ${key}` }, connections: 1, seconds }, []);
  const { samples, error } = await answer;
  if (error !== undefined) throw new Error(error);
  return samples;
}

async function timed(ask, forSeconds) {
  const end = performance.now() + forSeconds * 1_000;
  const samples = [];
  while (performance.now() < end) {
    const began = performance.now();
    await ask();
    samples.push(performance.now() - began);
  }
  return samples;
}

/** What any request of the same caller costs that reads one small row. */
async function cost(url, key) {
  return overHttp(new URL('/v1/meters/bench_tokens', url), key);
}

function report(measures, meter) {
  const p = (samples, share) => percentile(samples, share).toFixed(1);
  const ratio = (a, b) => (percentile(a, 0.99) / percentile(b, 0.99)).toFixed(3);
  const row = (title, samples) => [...title, samples.length, p(samples, 0.5), p(samples, 0.99)];
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${tenants} tenants, ${days} days, ${rounds} rounds of ${seconds} s\n\n`,
  );
  const rows = measures.flatMap(({ events, whose, ours, rollup, raw }) => [
    row([events, whose, 'ours, HTTP'], ours),
    row([events, whose, 'SQL on the rollup'], rollup),
    ...(raw.length > 0 ? [row([events, whose, 'SQL on the events'], raw)] : []),
  ]);
  process.stdout.write(
    table(
      ['events', 'of', 'asked', 'samples', 'p50 ms', 'p99 ms'],
      [...rows, row(['', '', 'the meter itself, HTTP'], meter)],
    ),
  );
  for (const { events, whose, ours, rollup, raw } of measures) {
    const toRaw = raw.length > 0 ? `, ${ratio(ours, raw)} of the events` : '';
    process.stdout.write(`\n${events}, ${whose}: p99 is ${ratio(ours, rollup)} of the rollup${toRaw}`);
  }
  for (const whose of ['fleet', 'one tenant']) {
    const of = measures.filter((each) => each.whose === whose);
    process.stdout.write(
      `\n${whose}: p99 grows to ${ratio(of.at(-1).ours, of[0].ours)} from ${of[0].events} to ${of.at(-1).events} events`,
    );
  }
  process.stdout.write('\n');
}

function progress(text) {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
