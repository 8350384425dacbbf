// npm run bench:usage-soak: whether memory stays flat while usage events come in for ten minutes, one a request and in batches, beside the folding
// and queries. The service is a process of its own with its own Postgres, as `npm start` makes it; what sends is in this one.
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startService } from '../scripts/start-service.mjs';
import { client, percentile, table } from './measure.mjs';

const seconds = Number(process.env.BENCH_SECONDS ?? 600);
/** Each is a line of the table; its events have the time at which it began. */
const stepSeconds = Math.min(60, seconds / 4);
const steps = Math.round(seconds / stepSeconds);
/** What is not yet steady: caches, the heap, the first connections. */
const warmUpSteps = Math.ceil(steps / 5);

const directory = await mkdtemp(join(tmpdir(), 'tenantry-soak-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
const senders = {
  singles: new Worker(new URL('./event-load.mjs', import.meta.url)),
  batches: new Worker(new URL('./event-load.mjs', import.meta.url)),
  queries: new Worker(new URL('./load.mjs', import.meta.url)),
};
let service;
try {
  service = await startService({
    directory: join(directory, 'service'),
    environment: {
      LOG_LEVEL: 'error',
      TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: '1000000000',
      TENANTRY_RATE_LIMIT_PER_MINUTE: '0',
      TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: '0',
    },
  });
  await soak(new URL(service.url), client(service.url, service.key));
} finally {
  await Promise.all(Object.values(senders).map((sender) => sender.terminate()));
  await service?.stop();
  await rm(directory, { recursive: true, force: true });
}

async function soak(url, api) {
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench' });
  const { key } = await api('POST', '/v1/api-keys', {
    name: 'bench',
    tenant: 'bench',
    scopes: ['usage:write', 'usage:read'],
  });
  const meter = { event_type: 'bench.used', group_by: { model: '$.model' } };
  await api('POST', '/v1/meters', {
    ...meter,
    slug: 'bench_tokens',
    name: 'Tokens',
    aggregation: 'sum',
    value_property: '$.tokens',
  });
  await api('POST', '/v1/meters', { ...meter, slug: 'bench_events', name: 'Events', aggregation: 'count' });
  const start = await memory();
  const rows = [];
  let sent = 0;
  for (let step = 1; step <= steps; step += 1) {
    const taken = await load(url, key, step);
    sent += taken.events;
    rows.push({ step, ...taken, ...(await memory()) });
    const { process: own, postgres } = rows.at(-1);
    process.stderr.write(`${step}/${steps}: ${sent} events, ${own.toFixed(0)} and ${postgres.toFixed(0)} MiB\n`);
  }
  await counted(api, sent);
  report(start, rows);
}

/** One step: 16 connections with single events, two with batches of 100, and a query every half a second. */
async function load(url, key, step) {
  const to = { host: url.hostname, port: Number(url.port), key, seconds: stepSeconds };
  const query = new URL('/v1/meters/bench_tokens/query?window_size=HOUR&group_by=model', url).href;
  const headers = { authorization: `Bearer ${key}` };
  const [singles, batches, queries] = await Promise.all([
    run('singles', { ...to, connections: 16, batch: 1, prefix: `s${step}` }),
    run('batches', { ...to, connections: 2, batch: 100, prefix: `b${step}` }),
    run('queries', { url: query, headers, connections: 1, seconds: stepSeconds, perSecond: 2 }),
  ]);
  return {
    events: singles.events + batches.events,
    singles: singles.samples,
    batches: batches.samples,
    queries: queries.samples,
  };
}

async function run(sender, task) {
  const answer = new Promise((resolve) => senders[sender].once('message', resolve));
  senders[sender].postMessage(task, []);
  const told = await answer;
  if (told.error !== undefined) throw new Error(`${sender}: ${told.error}\n${service.log()}`);
  return told;
}

/** Memory that is flat because events were lost would prove nothing. */
async function counted(api, sent) {
  const { data } = await api('GET', '/v1/meters/bench_events/query');
  if (data[0]?.value_decimal !== String(sent))
    throw new Error(`${sent} were taken, and counted: ${JSON.stringify(data)}`);
}

/** In MiB: what is resident of the service, and of its Postgres with what its processes share counted once. */
async function memory() {
  const processes = await descendants(service.pid);
  const postgres = processes.filter(({ name }) => name === 'postgres');
  const parts = await Promise.all(postgres.map(({ pid }) => proportional(pid)));
  return { process: await resident(service.pid), postgres: parts.reduce((sum, part) => sum + part, 0) };
}

async function descendants(root) {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(ids.map(parentOf));
  const found = new Set([root]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const each of all) if (each !== undefined && found.has(each.parent)) found.add(each.pid);
  }
  return all.filter((each) => each !== undefined && found.has(each.pid));
}

async function parentOf(id) {
  // It may have ended by now.
  const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
  const [, name, parent] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
  return name === undefined ? undefined : { pid: Number(id), name, parent: Number(parent) };
}

async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

async function proportional(pid) {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1_024;
}

function report(start, rows) {
  const ms = (samples) => percentile(samples, 0.99).toFixed(1);
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; steps of ${stepSeconds} s\n\n`,
  );
  const line = (step, { process: own, postgres }) => [step, own.toFixed(0), postgres.toFixed(0)];
  process.stdout.write(
    table(
      ['after', 'service MiB', 'Postgres MiB', 'events a second', 'single p99 ms', 'batch p99 ms', 'query p99 ms'],
      [
        [...line('start', start), '', '', '', ''],
        ...rows.map((row) => [
          ...line(`${row.step * stepSeconds} s`, row),
          Math.round(row.events / stepSeconds),
          ms(row.singles),
          ms(row.batches),
          ms(row.queries),
        ]),
      ],
    ),
  );
  const steady = rows.slice(warmUpSteps);
  for (const of of ['process', 'postgres'])
    process.stdout.write(
      `\n${of}: ${slope(steady.map((row) => row[of])).toFixed(2)} MiB a step after ${warmUpSteps} of ${rows.length}`,
    );
  process.stdout.write('\n');
}

/** Of the line that fits best, by least squares. */
function slope(values) {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
  return values.reduce((sum, value, n) => sum + (n - middle) * (value - mean), 0) / squares;
}
