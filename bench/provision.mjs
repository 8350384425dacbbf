// npm run bench:provision: Tenantry beside a bare loop of `helm install`, on the same cluster, chart and cores, in one run.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Programs } from '../dist/kubernetes/programs.js';
import { startService } from '../scripts/start-service.mjs';
import { client, inParallel, median, percentile, table } from './measure.mjs';

const chart = join(import.meta.dirname, '..', 'helm', 'blueprints', 'web-app');
const rounds = [
  { concurrency: 1, instances: 12 },
  { concurrency: 2, instances: 24 },
  { concurrency: 4, instances: 40 },
  { concurrency: 8, instances: 48 },
];

/** Operations that somebody waits for, by id. */
const waiting = new Map();
let poller;

const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
let service;
try {
  service = await startService({
    directory,
    environment: { LOG_LEVEL: 'error', TENANTRY_DRIFT_SWEEP_SECONDS: '3600' },
  });
  const api = client(service.url, service.key);
  const programs = new Programs({ searchPath: '', cacheDirectory: join(directory, 'programs') });
  const helm = (await programs.helm()).path;
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench', plan: 'starter' });
  await provision(api, 'warm', 4, 4);
  await bare(helm, service.kubeconfig, 'warm', 4, 4, []);

  const rows = [];
  for (const { concurrency, instances } of rounds) {
    // The order alternates, so that a machine that slows down slows both.
    const first = concurrency % 4 === 0;
    const installs = [];
    if (first) installs.push(await bare(helm, service.kubeconfig, `a${concurrency}`, instances, concurrency, []));
    const ours = await provision(api, `c${concurrency}`, instances, concurrency);
    if (!first) installs.push(await bare(helm, service.kubeconfig, `a${concurrency}`, instances, concurrency, []));
    const waited = await bare(helm, service.kubeconfig, `w${concurrency}`, instances, concurrency, [
      '--wait',
      '--timeout',
      '60s',
    ]);
    rows.push([
      concurrency,
      instances,
      rate(installs[0]),
      rate(waited),
      rate(ours),
      (ours / installs[0]).toFixed(2),
      (ours / waited).toFixed(2),
    ]);
    process.stdout.write(`${rows.at(-1).join('  ')}\n`);
  }
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n\n`,
  );
  process.stdout.write(
    table(
      [
        'at once',
        'instances',
        'helm install /min',
        'helm install --wait /min',
        'Tenantry ready /min',
        'ratio',
        'ratio to --wait',
      ],
      rows,
    ),
  );
  await acceptance(api);
} finally {
  await service?.stop();
  await rm(directory, { recursive: true, force: true });
}

function rate(perMinute) {
  return perMinute.toFixed(0);
}

/** Instances a minute, from the first request to the last one verified ready. */
async function provision(api, prefix, instances, concurrency) {
  const started = performance.now();
  await inParallel(instances, concurrency, async (index) => {
    const name = `${prefix}-${index}`;
    const { operation } = await api('PUT', `/v1/tenants/bench/instances/${name}`, { blueprint: 'web-app' });
    await ended(api, operation.id);
  });
  return (instances / (performance.now() - started)) * 60_000;
}

/** Waits for operations with one request for all of them: what a client asks is not what is measured. */
function ended(api, id) {
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    poller ??= poll(api).finally(() => (poller = undefined));
  });
}

async function poll(api) {
  while (waiting.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { data } = await api('GET', '/v1/operations?limit=100');
    for (const { id, status, error } of data) {
      const waiter = waiting.get(id);
      if (waiter === undefined || status === 'queued' || status === 'running') continue;
      waiting.delete(id);
      if (status === 'succeeded') waiter.resolve();
      else waiter.reject(new Error(JSON.stringify(error)));
    }
  }
}

/** The same chart by helm alone: what a shell loop does. */
async function bare(helm, kubeconfig, prefix, instances, concurrency, more) {
  const values = join(directory, 'values.json');
  await writeFile(values, JSON.stringify({ replicas: 1 }));
  const started = performance.now();
  await inParallel(instances, concurrency, async (index) => {
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

/** How long a request takes to be accepted: idle, and while a hundred operations wait. */
async function acceptance(api) {
  const idle = [];
  for (let index = 0; index < 40; index += 1) {
    idle.push(await timed(() => api('PUT', `/v1/tenants/bench/instances/warm-${index % 4}`, { blueprint: 'web-app' })));
  }
  const fresh = [];
  for (let index = 0; index < 20; index += 1) {
    const created = await timedResult(() =>
      api('PUT', `/v1/tenants/bench/instances/idle-${index}`, { blueprint: 'web-app' }),
    );
    fresh.push(created.ms);
    await ended(api, created.result.operation.id);
  }
  await inParallel(300, 20, (index) =>
    api('PUT', `/v1/tenants/bench/instances/queue-${index}`, { blueprint: 'web-app' }),
  );
  const busy = [];
  let depth = Infinity;
  while (depth >= 100 && busy.length < 200) {
    busy.push(
      await timed(() => api('PUT', `/v1/tenants/bench/instances/late-${busy.length}`, { blueprint: 'web-app' })),
    );
    const { operations } = await api('GET', '/v1/admin/status');
    depth = (operations.queued ?? 0) + (operations.running ?? 0);
  }
  const ms = (value) => value.toFixed(1);
  process.stdout.write(
    `\n${table(
      ['PUT to answer', 'samples', 'p50 ms', 'p99 ms', 'p99 / idle p50'],
      [
        ['idle, nothing to do', idle.length, ms(median(idle)), ms(percentile(idle, 0.99)), ''],
        ['idle, accepted', fresh.length, ms(median(fresh)), ms(percentile(fresh, 0.99)), ''],
        [
          '100 operations queued, accepted',
          busy.length,
          ms(median(busy)),
          ms(percentile(busy, 0.99)),
          (percentile(busy, 0.99) / median(fresh)).toFixed(1),
        ],
      ],
    )}`,
  );
}

async function timed(work) {
  return (await timedResult(work)).ms;
}

async function timedResult(work) {
  const started = performance.now();
  const result = await work();
  return { result, ms: performance.now() - started };
}
