// npm run bench:footprint: what the process itself costs with 200 instances, its backends being processes of their own.
import { execa } from 'execa';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { startService } from '../scripts/start-service.mjs';
import { client, inParallel, table } from './measure.mjs';

const instances = 200;
const idleSeconds = 60;
const directory = await mkdtemp(join(tmpdir(), 'tenantry-footprint-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
const backends = execa(process.execPath, [join(import.meta.dirname, 'backends.mjs'), directory], {
  env: { NODE_OPTIONS: '' },
  stderr: 'inherit',
});
backends.catch(() => undefined);
const { privateKey } = generateKeyPairSync('ed25519');
const signingKey = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
let service;
try {
  const { supabase, kubeconfig } = await firstLine(backends.stdout);
  service = await startService({
    directory: join(directory, 'service'),
    environment: {
      LOG_LEVEL: 'error',
      SUPABASE_URL: supabase.url,
      SUPABASE_SECRET_KEY: supabase.secretKey,
      SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
      TENANTRY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      TENANTRY_AUDIT_SIGNING_KEY: signingKey,
      TENANTRY_CLUSTER: 'kubeconfig',
      KUBECONFIG: kubeconfig,
    },
  });
  const api = client(service.url, service.key);
  const empty = await memoryMiB(service.pid);
  const { default: blueprint } = await import('../helm/blueprints/web-app/blueprint.json', { with: { type: 'json' } });
  await api('POST', '/v1/blueprints', blueprint);
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench', plan: 'starter' });
  await inParallel(instances, 8, (index) =>
    api('PUT', `/v1/tenants/bench/instances/i-${index}`, { blueprint: 'web-app' }),
  );
  let peak = 0;
  for (;;) {
    const { instances: counts } = await api('GET', '/v1/admin/status');
    peak = Math.max(peak, await memoryMiB(service.pid));
    if (counts.running === instances) break;
    if (counts.error) throw new Error(JSON.stringify(counts));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const before = await cpuMs(service.pid);
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000));
  const idle = ((await cpuMs(service.pid)) - before) / (idleSeconds * 10);
  const settled = await memoryMiB(service.pid);
  process.stdout.write(
    table(
      ['instances', 'resident at start MiB', `peak while ${instances} are made`, 'settled', 'idle CPU, % of a core'],
      [[instances, empty.toFixed(0), peak.toFixed(0), settled.toFixed(0), idle.toFixed(2)]],
    ),
  );
} finally {
  await service?.stop();
  backends.kill('SIGTERM');
  await backends.catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
}

async function firstLine(stream) {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    if (text.includes('\n')) return JSON.parse(text.slice(0, text.indexOf('\n')));
  }
  throw new Error('the backends ended before they were ready');
}

async function memoryMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

async function cpuMs(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
