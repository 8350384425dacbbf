import { fork } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newAccessKeys } from '../../dist/embedded/supabase/access-keys.js';
import { LiteDatabase } from '../../dist/embedded/supabase/lite-database.js';
import { PostgresServer } from '../../dist/embedded/supabase/postgres-server.js';
import { readPostmaster } from '../../dist/embedded/supabase/postmaster-file.js';
import { connectAsOwner, prepareDatabase } from '../../dist/embedded/supabase/prepare-database.js';
import { billingPeriod } from '../../dist/billing/periods/billing-period.js';
import { newId } from '../../dist/platform/ids.js';

const name = 'chaos';
const day = 86_400_000;
const scheduler = new URL('scheduler.mjs', import.meta.url);
const outage = /^(network|PGRST00\d|57P0\d|08|53|CONNECTION)/;
/** Some of them skip hours, or lack the 31st. */
const zones = ['UTC', 'Europe/Vienna', 'America/New_York', 'Pacific/Chatham'];

/** A Postgres that keeps its promises (fsync on), two schedulers or more that race, and somebody who ends them in the middle of it. */
export class BillingCampaign {
  kills = { postgres: 0, scheduler: 0 };
  faults = new Map();
  subscriptions = [];
  children = new Map();
  keys = newAccessKeys();

  constructor(schedulers) {
    this.schedulers = schedulers;
  }

  async begin() {
    this.directory = await mkdtemp(join(tmpdir(), 'tenantry-chaos-'));
    await chmod(this.directory, 0o711);
    this.server = await PostgresServer.start({ directory: this.directory });
    const first = connectAsOwner(this.server.address, 'postgres');
    await first.unsafe(`create database ${name}`);
    await first.end();
    await this.connect();
    await prepareDatabase(this.sql, this.database);
    await this.makeCatalog();
    this.schemaFile = join(this.directory, 'schema.json');
    await writeFile(this.schemaFile, await this.database.exportSchema());
    await this.add();
    for (let n = 0; n < this.schedulers; n += 1) this.spawn(n);
  }

  async connect() {
    const { address } = this.server;
    this.sql = connectAsOwner(address, name);
    this.database = await LiteDatabase.open({ address, database: name, keys: this.keys, poolSize: 2 });
  }

  async disconnect() {
    await this.database?.close();
    await this.sql?.end({ timeout: 1 });
  }

  async makeCatalog() {
    const meter = { slug: 'calls', name: 'Calls', event_type: 'called', aggregation: 'sum' };
    const value = { value_property: '$.value', value_path: ['value'] };
    await this.database.rpc('usage_meter_create', { p_meter: { ...meter, ...value }, p_context: { actor: 'chaos' } });
    while ((await this.database.rpc('usage_backfill', {})).more);
    await this
      .sql`insert into public.billing_plan_versions (id, plan, version, effective_from, quotas) values ('chaos@1', 'chaos', 1, '2010-01-01Z', '{}')`;
  }

  /** More to bill: one with years behind it, and two that used something, of which a part comes late. */
  async add() {
    const n = this.subscriptions.length;
    const month = 1 + (n % 12);
    await this.subscribe(`2022-${String(month).padStart(2, '0')}-31`.replace(/-(02|04|06|09|11)-31/, '-$1-28'), [
      flat(n),
    ]);
    for (const days of [70, 45]) {
      const at = new Date(Date.now() - days * day).toISOString();
      const { tenant } = await this.subscribe(at, [flat(n), calls]);
      await this.use(tenant, days - 2, 40);
    }
    const some = this.subscriptions[Math.floor(Math.random() * n)];
    if (some?.days) await this.use(some.tenant, some.days - 3, 3);
  }

  async subscribe(anchor, components) {
    const zone = zones[this.subscriptions.length % zones.length];
    const tenant = newId();
    const id = newId();
    const at = new Date(anchor).toISOString();
    const { from, to } = billingPeriod({ at, zone, interval: 'month' }, 0);
    const { sql } = this;
    await sql.begin(async (tx) => {
      const slug = `t-${this.subscriptions.length}`;
      await tx`insert into public.tenants (id, slug, name, plan, time_zone, metadata) values (${tenant}, ${slug}, ${slug}, 'free', ${zone}, '{}')`;
      await tx`insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, next_period_from,
        next_period_to) values (${id}, ${tenant}, 'active', 'USD', 'month', ${zone}, ${at}, ${at}, ${from}, ${to})`;
      await tx`insert into public.billing_phases (subscription_id, seq, starts_at, trial, plan_version, components)
        values (${id}, 0, ${at}, false, 'chaos@1', ${tx.json(components)})`;
      await tx`select public.billing_gathering_open(${newId()}, s) from public.billing_subscriptions s where id = ${id}`;
    });
    const days = components.length > 1 ? Math.round((Date.now() - Date.parse(at)) / day) : undefined;
    const made = { id, tenant, anchor: at, zone, days };
    this.subscriptions.push(made);
    return made;
  }

  async use(tenant, daysAgo, count) {
    const events = Array.from({ length: count }, (_, n) => {
      const time = new Date(Date.now() - daysAgo * day + n * 37_000).toISOString();
      const event = { specversion: '1.0', id: newId(), source: 'chaos', type: 'called', time };
      return { tenant, event: { ...event, data: { value: n + 0.5 } } };
    });
    const days = [...new Set(events.map(({ event }) => event.time.slice(0, 10)))];
    await this.sql`select public.usage_partitions_make(${days}::date[])`;
    const told = await this.database.rpc('usage_ingest', { p_events: JSON.stringify(events), p_atomic: true });
    if (told.accepted !== count) throw new Error(JSON.stringify(told));
  }

  spawn(n) {
    const { address } = this.server;
    const task = { schemaFile: this.schemaFile, database: { address, database: name, keys: this.keys } };
    const child = fork(scheduler, [JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.children.set(n, child);
    let said = '';
    child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2_000)));
    child.on('message', ({ fault, message, ended }) => {
      if (fault !== undefined) this.tell(fault, message);
      if (ended) child.ended = true;
    });
    child.on('exit', (code, signal) => {
      if (child.ended || signal === 'SIGKILL') return;
      // Begun while the server was away, it may find none.
      this.tell(said.includes('ECONN') || said.includes('ENOENT') ? 'network' : 'crash', `${code ?? signal}: ${said}`);
      if (!this.over) this.spawn(n);
    });
  }

  tell(fault, message) {
    const known = this.faults.get(fault) ?? { times: 0, message };
    this.faults.set(fault, { ...known, times: known.times + 1 });
  }

  /** Ends one of them, at a moment that nobody chose: the server every fourth time, else a scheduler. */
  async strike() {
    if (this.killed % 4 === 3) await this.strikeServer();
    else {
      const n = Math.floor(Math.random() * this.schedulers);
      const child = this.children.get(n);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await gone;
      this.kills.scheduler += 1;
      this.spawn(n);
    }
    await this.add();
  }

  /** Immediate shutdown: every session is cut off, nothing is written any more, and the next start recovers from the log. */
  async strikeServer() {
    const postmaster = await readPostmaster(this.server.home.data);
    await this.disconnect();
    process.kill(postmaster.pid, 'SIGQUIT');
    await this.server.ended;
    await this.server.stop();
    this.kills.postgres += 1;
    this.server = await PostgresServer.start({ directory: this.directory });
    await this.connect();
  }

  get killed() {
    return this.kills.postgres + this.kills.scheduler;
  }

  get strangeFaults() {
    return [...this.faults.keys()].filter((code) => code !== 'silence' && !outage.test(code));
  }

  /** Lets everybody finish. */
  async end() {
    this.over = true;
    const left = [...this.children.values()].filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const gone = left.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of left) if (child.connected) child.send('stop');
    await Promise.race([Promise.all(gone), delay(20_000)]);
  }

  async remove() {
    this.over = true;
    for (const child of this.children.values()) if (child.exitCode === null) child.kill('SIGKILL');
    await this.disconnect().catch(() => undefined);
    await this.server?.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function flat(n) {
  const price = { model: 'flat', amount: `${10 + (n % 7)}.${n % 10}3` };
  return component('base', 'recurring', null, price);
}

const calls = component('calls', 'usage', 'calls', {
  model: 'graduated',
  tiers: [
    { up_to: '100', unit_amount: '0.013' },
    { up_to: null, unit_amount: '0.0071' },
  ],
});

function component(key, kind, meter, price) {
  const versions = [{ id: `${key}@1`, effective_from: '2010-01-01T00:00:00Z', terms: { price } }];
  return { key, kind, meter, unit: null, proration: 'per_second', versions };
}
