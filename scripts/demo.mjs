// npm run demo: a tour on the embedded backends, as a user would take it: REST calls, and kubectl to look and to break things.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Programs } from '../dist/kubernetes/programs.js';
import { startService } from './start-service.mjs';

const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text) => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);
const say = (text = '') => process.stdout.write(`${text}\n`);
const startedAt = Date.now();

function chapter(title) {
  say(`\n${bold(`▌ ${title}`)} ${dim(`${((Date.now() - startedAt) / 1000).toFixed(1)} s`)}`);
}

const directory = await mkdtemp(join(tmpdir(), 'tenantry-demo-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
let service;
let failed = false;
try {
  chapter('Starting Tenantry with an embedded Supabase and a simulated Kubernetes cluster');
  service = await startService({ directory });
  say(dim(service.announcement.trim()));
  await tour(service);
  chapter(`Done. Every step above drove the real helm and kubectl; only the pods were simulated.`);
} catch (error) {
  failed = true;
  say(`\nThe demo failed: ${error instanceof Error ? error.stack : String(error)}`);
  if (service) say(dim(service.log().slice(-4_000)));
} finally {
  const stoppingAt = Date.now();
  await service?.stop();
  say(dim(`Tenantry stopped in ${((Date.now() - stoppingAt) / 1000).toFixed(1)} s, and leaves nothing behind.`));
  await rm(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function tour({ url, key, kubeconfig }) {
  const api = client(url, key);
  const programs = new Programs({
    helmBin: process.env.HELM_BIN,
    kubectlBin: process.env.KUBECTL_BIN,
    searchPath: process.env.PATH ?? '',
    cacheDirectory: join(directory, 'programs'),
  });
  const kubectl = kubectlWith((await programs.kubectl()).path, kubeconfig);

  chapter('A tenant');
  const tenant = await api('POST', '/v1/tenants', { slug: 'acme', name: 'Acme Corporation', plan: 'starter' });
  say(`  ${tenant.name} (${tenant.slug}), plan ${tenant.plan}`);

  chapter('An instance of the blueprint web-app: the answer is a 202, the work shows as it happens');
  const created = await api('PUT', '/v1/tenants/acme/instances/shop', {
    blueprint: 'web-app',
    values: { replicas: 2, env: { GREETING: 'hello' }, secrets: { API_TOKEN: 'not shown again' } },
  });
  const { instance } = created;
  await follow(api, created.operation);
  await show(api, instance.id);
  await kubectl('get', 'all', '--namespace', instance.namespace);

  await use(api);
  await bill(api);

  for (const action of ['stop', 'start', 'restart']) {
    chapter(`POST /v1/instances/…/${action}`);
    await follow(api, (await api('POST', `/v1/instances/${instance.id}/${action}`)).operation);
    await show(api, instance.id);
  }

  chapter('Somebody breaks it by hand');
  await kubectl('scale', 'deployment', '--all', '--replicas=0', '--namespace', instance.namespace);
  const drifted = await until('drift is seen', async () => {
    const seen = await api('GET', `/v1/instances/${instance.id}`);
    return seen.drift.state === 'drifted' ? seen : undefined;
  });
  for (const finding of drifted.drift.findings) {
    say(
      `  ${finding.reason}: ${finding.kind}/${finding.name}${finding.path} is ${finding.actual}, should be ${finding.expected} (${finding.changed_by})`,
    );
  }
  await show(api, instance.id);

  chapter('POST /v1/instances/…/repair');
  await follow(api, (await api('POST', `/v1/instances/${instance.id}/repair`)).operation);
  await show(api, instance.id);

  chapter('DELETE /v1/instances/…');
  await follow(api, (await api('DELETE', `/v1/instances/${instance.id}`)).operation);
  await show(api, instance.id);
  await kubectl('get', 'namespaces', '--selector', 'tenantry.io/instance');
  const left = await kubectlQuietly(
    (await programs.kubectl()).path,
    kubeconfig,
    'get',
    'namespaces',
    '--selector',
    'tenantry.io/instance',
    '--output',
    'name',
  );
  if (left !== '') throw new Error(`something is left: ${left}`);
}

/** Some events, one of them twice and one at fault, and what a meter makes of them. */
async function use(api) {
  chapter('Usage: a meter, events, and what they come to');
  const paths = { value_property: '$.tokens', group_by: { model: '$.model' } };
  await api('POST', '/v1/meters', { slug: 'tokens', event_type: 'llm.call', aggregation: 'sum', ...paths });
  const event = (id, tokens, model) => ({
    specversion: '1.0',
    id,
    source: 'demo',
    type: 'llm.call',
    subject: 'acme',
    data: { tokens, model },
  });
  const batch = [
    event('1', 812, 'large'),
    event('2', '77.5', 'small'),
    event('2', '77.5', 'small'),
    event('3', 'many'),
  ];
  const taken = await api('POST', '/v1/usage/events', batch);
  say(`  ${taken.accepted} accepted, ${taken.duplicates} duplicate, ${taken.rejected.length} rejected:`);
  for (const { index, code, message } of taken.rejected) say(`    event ${index}: ${code}: ${message}`);
  const { data } = await api('GET', '/v1/meters/tokens/query?group_by=model,subject');
  for (const row of data) say(`  ${row.subject}, model ${row.group_by.model}: ${row.value_decimal} tokens`);
}

/** Last month's usage at a price, from the end of the month to an invoice. */
async function bill(api) {
  chapter('Billing: a contract, a run, and the invoice');
  const now = new Date();
  const month = (offset) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
  const price = (terms) => ({ versions: [{ terms: { price: terms } }] });
  const tiers = [
    { up_to: '1000', unit_amount: '0.02' },
    { up_to: null, unit_amount: '0.01' },
  ];
  await api('POST', '/v1/usage/events', {
    specversion: '1.0',
    id: 'last-month',
    source: 'demo',
    type: 'llm.call',
    subject: 'acme',
    time: new Date(month(-1).getTime() + 86_400_000).toISOString(),
    data: { tokens: '1889.5', model: 'large' },
  });
  await api('POST', '/v1/tenants/acme/subscriptions', {
    plan: 'enterprise',
    interval: 'month',
    currency: 'EUR',
    started_at: month(-1).toISOString(),
    components: [
      { key: 'base', kind: 'recurring', proration: 'per_second', ...price({ model: 'flat', amount: '49' }) },
      {
        key: 'tokens',
        kind: 'usage',
        meter: 'tokens',
        unit: 'token',
        proration: 'none',
        ...price({ model: 'graduated', tiers }),
      },
    ],
  });
  // The hour after a period's end in which late events are waited for may not be over on the first of a month.
  const run = await api('POST', '/v1/billing/runs', { dry_run: now < new Date(month(0).getTime() + 2 * 3_600_000) });
  const ended = await until('the run ends', async () => {
    const seen = await api('GET', `/v1/billing/runs/${run.id}`);
    return ['succeeded', 'failed', 'cancelled'].includes(seen.status) ? seen : undefined;
  });
  say(`  run ${ended.status}: ${ended.progress.invoiced} invoice, ${JSON.stringify(ended.amounts)}`);
  const { data } = await api('GET', '/v1/tenants/acme/invoices?state=finalized');
  for (const { id } of data) {
    const invoice = await api('GET', `/v1/invoices/${id}`);
    say(`  ${bold(invoice.number)} of ${invoice.period.from.slice(0, 10)} to ${invoice.period.to.slice(0, 10)}`);
    for (const { component, quantity, unit, amount, explanation } of invoice.lines) {
      const steps = explanation.map(({ step, quantity: of, rate }) => `${step} ${of ?? ''}${of ? ' x ' : ''}${rate}`);
      say(`    ${component}: ${quantity} ${unit ?? ''} = ${amount} EUR ${dim(`(${steps.join(', ')})`)}`);
    }
    say(`    total ${invoice.total} EUR, due ${invoice.due_at.slice(0, 10)}; also as HTML, PDF and FOCUS 1.2 CSV`);
  }
}

function client(url, key) {
  return async (method, path, body) => {
    const streamed = /^\/v1\/operations\/.*\/events$/.test(path);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        accept: streamed ? 'text/event-stream' : 'application/json',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(60_000),
    });
    if (streamed) return answer.body;
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Shows the steps of an operation as its event stream tells them, and its end. */
async function follow(api, operation) {
  const stream = await api('GET', `/v1/operations/${operation.id}/events`);
  for await (const event of events(stream)) {
    if (event.type === 'step' && event.step.status === 'running') say(`  … ${event.step.name}`);
    if (event.type === 'step' && event.step.status === 'failed')
      say(`  ✗ ${event.step.name}: ${event.step.message ?? ''}`);
    if (event.type !== 'end') continue;
    const { status, error, started_at, finished_at } = event.operation;
    const seconds = ((Date.parse(finished_at) - Date.parse(started_at)) / 1000).toFixed(1);
    say(`  ${status === 'succeeded' ? '✓' : '✗'} ${operation.kind} ${status} after ${seconds} s`);
    if (status !== 'succeeded') throw new Error(`${operation.kind} ended ${status}: ${JSON.stringify(error)}`);
    return;
  }
  throw new Error('the event stream ended before the operation');
}

async function* events(stream) {
  let rest = '';
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const data = frame.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(5)).join(''));
    }
  }
}

async function show(api, id) {
  const { status, desired_state, observed, drift } = await api('GET', `/v1/instances/${id}`);
  say(
    `  instance: ${bold(status)}, desired ${desired_state}, ${observed.ready_replicas}/${observed.replicas} replicas ready, revision ${observed.revision ?? 'none'}, drift ${drift.state}`,
  );
}

function kubectlWith(path, kubeconfig) {
  return async (...args) => {
    say(dim(`  $ kubectl ${args.join(' ')}`));
    const out = await kubectlQuietly(path, kubeconfig, ...args);
    say(
      out
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n'),
    );
  };
}

async function kubectlQuietly(path, kubeconfig, ...args) {
  const { all } = await execa(path, args, { env: { KUBECONFIG: kubeconfig }, all: true });
  return (all ?? '').trimEnd();
}

async function until(what, look) {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited 20 s, but not so: ${what}`);
}
