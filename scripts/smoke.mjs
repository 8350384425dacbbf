// npm run smoke: starts what was built, uses it once, ends it, and sees that nothing is left. CI loads what is shipped, not only its sources.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from './start-service.mjs';

const directory = await mkdtemp(join(tmpdir(), 'tenantry-smoke-'));
try {
  const startedAt = performance.now();
  const service = await startService({ directory });
  let family = [];
  let code;
  try {
    await waitUntilReady(service.url);
    console.log(`ready after ${seconds(startedAt)} s`);
    await use(service);
    family = await descendantsOf(service.pid);
    assert.ok(family.length > 0, 'the embedded Postgres should be a child');
  } finally {
    code = await service.stop();
  }
  assert.equal(code, 0, `SIGTERM should end it with 0, not ${code}\n${service.log()}`);
  assert.deepEqual(
    (await running()).filter(({ pid }) => family.includes(pid)),
    [],
    'processes are left',
  );
  console.log(`ended with 0; none of its ${family.length} child processes is left`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function waitUntilReady(url) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    if (answer.status === 200) return;
    assert.ok(Date.now() < deadline, `/readyz still answers ${answer.status}: ${await answer.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function use({ url, key }) {
  const published = await (await fetch(`${url}/openapi.json`)).json();
  const committed = JSON.parse(await readFile(join(import.meta.dirname, '..', 'docs', 'openapi.json'), 'utf8'));
  assert.deepEqual(published, committed, '/openapi.json is not docs/openapi.json; run: npm run openapi');

  const docs = await fetch(`${url}/docs`);
  assert.equal(docs.status, 200);
  assert.match(await docs.text(), /<html/i);

  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ slug: 'smoke', name: 'Smoke' });
  const refused = await fetch(`${url}/v1/tenants`, {
    method: 'POST',
    body,
    headers: { 'content-type': headers['content-type'] },
  });
  assert.equal(refused.status, 401);
  const created = await fetch(`${url}/v1/tenants`, { method: 'POST', body, headers });
  assert.equal(created.status, 201, await created.clone().text());
  const read = await fetch(`${url}/v1/tenants/smoke`, { headers });
  assert.equal((await read.json()).id, (await created.json()).id);
  console.log(`${Object.keys(published.paths).length} paths published; a tenant was made and read`);
}

/** The processes of this machine, as /proc tells them. A zombie that waits for its parent is no longer running. */
async function running() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => statusOf(Number(pid))));
  return all.filter((found) => found !== undefined && found.state !== 'Z');
}

async function statusOf(pid) {
  try {
    // pid (name) state parent …; the name may hold anything, parentheses too.
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

async function descendantsOf(pid) {
  const all = await running();
  const found = [];
  for (let generation = [pid]; generation.length > 0;) {
    generation = all.filter(({ parent }) => generation.includes(parent)).map((child) => child.pid);
    found.push(...generation);
  }
  return found;
}

function seconds(since) {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
