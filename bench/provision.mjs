// npm run bench:provision: Tenantry beside a bare loop of `helm install`, on the same cluster, chart and cores, in one run.
// "At once" counts helms: of the bare loop, and of Tenantry (TENANTRY_HELM_CONCURRENCY), which is asked for all instances in a burst and waits for
// pods without holding a helm. The closed loop beside it has as many clients, each of which waits for its instance before it asks for the next.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Programs } from '../dist/kubernetes/programs.js';
import { startService } from '../scripts/start-service.mjs';
import { client, followed, inParallel, median, percentile, table } from './measure.mjs';

const chart = join(import.meta.dirname, '..', 'helm', 'blueprints', 'web-app');
const rounds = [
  { atOnce: 1, instances: 24 },
  { atOnce: 2, instances: 40 },
  { atOnce: 4, instances: 60 },
  { atOnce: 8, instances: 80 },
];
const repeats = 3;
const queued = 400;
const mostSamples = 200;
/** Customers have an instance each, or a few. */
const tenants = 20;

const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
const programs = new Programs({ searchPath: '', cacheDirectory: join(directory, 'programs') });
const helm = (await programs.helm()).path;
try {
  const rows = [];
  for (const round of rounds) {
    rows.push(await withService(round.atOnce, (service, api) => compare(service, api, round)));
    process.stdout.write(`${rows.at(-1).join('  ')}\n`);
  }
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; medians of ${repeats}\n\n`,
  );
  const heads = [
    'helms at once',
    'instances',
    'helm install /min',
    'helm install --wait /min',
    'Tenantry ready /min',
    'ratio',
    'ratio to --wait',
    'closed loop /min',
    'its ratio to --wait',
  ];
  process.stdout.write(table(heads, rows));
  await withService(4, (_service, api) => acceptance(api));
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** A fresh service with so many helms, warmed up. */
async function withService(helms, work) {
  const service = await startService({
    directory: join(directory, `helms-${helms}-${Date.now()}`),
    environment: {
      LOG_LEVEL: 'error',
      TENANTRY_DRIFT_SWEEP_SECONDS: '3600',
      TENANTRY_HELM_CONCURRENCY: String(helms),
    },
  });
  try {
    const api = client(service.url, service.key);
    await inParallel(tenants, 4, (index) =>
      api('POST', '/v1/tenants', { slug: `bench-${index}`, name: 'Bench', plan: 'starter' }),
    );
    await burst(api, 'warm', 8);
    await bare(service.kubeconfig, 'warm', 4, helms, []);
    return await work(service, api);
  } finally {
    await service.stop();
  }
}

/** One row: medians over repeats, whose order alternates, so that a machine that slows down slows all. */
async function compare(service, api, { atOnce, instances }) {
  const { kubeconfig } = service;
  const rates = { bare: [], waited: [], burst: [], loop: [] };
  const measures = [
    async (n) => rates.bare.push(await bare(kubeconfig, `a${n}`, instances, atOnce, [])),
    async (n) => rates.burst.push(await burst(api, `b${n}`, instances)),
    async (n) => rates.waited.push(await bare(kubeconfig, `w${n}`, instances, atOnce, ['--wait', '--timeout', '60s'])),
    async (n) => rates.loop.push(await closedLoop(api, `c${n}`, instances, atOnce)),
  ];
  for (let n = 0; n < repeats; n += 1) {
    for (const measure of n % 2 === 0 ? measures : measures.toReversed()) await measure(n);
  }
  const ratio = (ours, theirs) => median(ours.map((rate, n) => rate / theirs[n])).toFixed(2);
  const perMinute = (values) => median(values).toFixed(0);
  return [
    atOnce,
    instances,
    perMinute(rates.bare),
    perMinute(rates.waited),
    perMinute(rates.burst),
    ratio(rates.burst, rates.bare),
    ratio(rates.burst, rates.waited),
    perMinute(rates.loop),
    ratio(rates.loop, rates.waited),
  ];
}

/** Instances a minute, all asked for at once: from the first acceptance to the last one verified ready, by the service's own record. */
async function burst(api, prefix, instances) {
  const wanted = new Set();
  await inParallel(instances, 8, async (index) => {
    const { operation } = await put(api, `${prefix}-${index}`);
    wanted.add(operation.id);
  });
  await drained(api);
  const ended = (await operations(api)).filter(({ id }) => wanted.has(id));
  const failed = ended.find(({ status }) => status !== 'succeeded');
  if (failed !== undefined || ended.length !== instances)
    throw new Error(JSON.stringify(failed?.error ?? ended.length));
  const first = Math.min(...ended.map(({ created_at }) => Date.parse(created_at)));
  const last = Math.max(...ended.map(({ finished_at }) => Date.parse(finished_at)));
  return (instances / (last - first)) * 60_000;
}

/** Instances a minute, by clients each of which waits for its instance before it asks for the next. */
async function closedLoop(api, prefix, instances, clients) {
  const started = performance.now();
  await inParallel(instances, clients, async (index) => {
    const { operation } = await put(api, `${prefix}-${index}`);
    await followed(api, operation.id);
  });
  return (instances / (performance.now() - started)) * 60_000;
}

function put(api, name) {
  const tenant = Number(/\d+$/.exec(name)?.[0] ?? 0) % tenants;
  return api('PUT', `/v1/tenants/bench-${tenant}/instances/${name}`, { blueprint: 'web-app' });
}

/** Until nothing is queued or running. */
async function drained(api) {
  while ((await depth(api)) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
}

async function depth(api) {
  const { operations: counts } = await api('GET', '/v1/admin/status');
  return (counts.queued ?? 0) + (counts.running ?? 0);
}

async function operations(api) {
  const all = [];
  let cursor = '';
  do {
    const { data, next_cursor } = await api('GET', `/v1/operations?limit=200${cursor}`);
    all.push(...data);
    cursor = next_cursor === null ? '' : `&cursor=${encodeURIComponent(next_cursor)}`;
  } while (cursor !== '');
  return all;
}

/** The same chart by helm alone: what a shell loop does. */
async function bare(kubeconfig, prefix, instances, atOnce, more) {
  const values = join(directory, 'values.json');
  await writeFile(values, JSON.stringify({ replicas: 1 }));
  const started = performance.now();
  await inParallel(instances, atOnce, async (index) => {
    const name = `${prefix}-${index}`;
    const args = [
      'install',
      name,
      chart,
      '--namespace',
      `bare-${name}`,
      '--create-namespace',
      '--disable-openapi-validation',
      '--values',
      values,
      ...more,
    ];
    await execa(helm, args, { env: { KUBECONFIG: kubeconfig } });
  });
  return (instances / (performance.now() - started)) * 60_000;
}

/** How long a request takes to be accepted: idle, and while at least a hundred operations wait. */
async function acceptance(api) {
  const nothing = [];
  for (let index = 0; index < 60; index += 1) nothing.push(await timed(() => put(api, `warm-${index % 8}`)));
  const idle = [];
  for (let index = 0; index < 40; index += 1) {
    idle.push(await timed(() => put(api, `idle-${index}`)));
    await drained(api);
  }
  await inParallel(queued, 20, (index) => put(api, `queue-${index}`));
  const busy = [];
  while (busy.length < mostSamples && (await depth(api)) >= 100) {
    busy.push(await timed(() => put(api, `late-${busy.length}`)));
  }
  const ms = (value) => value.toFixed(1);
  const row = (what, samples) => [
    what,
    samples.length,
    ms(median(samples)),
    ms(percentile(samples, 0.99)),
    (percentile(samples, 0.99) / median(idle)).toFixed(1),
  ];
  process.stdout.write(
    `\n${table(
      ['PUT to answer', 'samples', 'p50 ms', 'p99 ms', 'p99 / idle p50'],
      [
        row('idle, nothing to do', nothing),
        row('idle, accepted', idle),
        row('100 operations or more queued, accepted', busy),
      ],
    )}`,
  );
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
