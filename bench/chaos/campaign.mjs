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
import { newId } from '../../dist/platform/ids.js';
import { meters, span, start } from './batches.mjs';

const name = 'chaos';
const context = { actor: 'chaos' };
const worker = new URL('worker.mjs', import.meta.url);

/** A Postgres that keeps its promises (fsync on), writers and compactors as processes, and somebody who ends them in the middle of it. */
export class Campaign {
  kills = { postgres: 0, writer: 0, compactor: 0 };
  /** Batches of each writer that were acknowledged. */
  acknowledged;
  faults = new Map();
  tenants = [];
  children = new Map();
  stopping = false;

  constructor({ writers, compactors }) {
    this.acknowledged = Array(writers).fill(0);
    this.compactors = compactors;
    this.keys = newAccessKeys();
  }

  async begin() {
    this.directory = await mkdtemp(join(tmpdir(), 'tenantry-chaos-'));
    await chmod(this.directory, 0o711);
    this.server = await this.startServer();
    const first = connectAsOwner(this.server.address, 'postgres');
    await first.unsafe(`create database ${name}`);
    await first.end();
    await this.connect();
    await prepareDatabase(this.sql, this.database);
    for (let n = 0; n < 8; n++) this.tenants.push(await this.makeTenant(`t-${n}`));
    for (const aggregation of meters) await this.makeMeter(aggregation);
    while ((await this.database.rpc('usage_backfill', {})).more);
    this.schemaFile = join(this.directory, 'schema.json');
    await writeFile(this.schemaFile, await this.database.exportSchema());
    await this.disconnect();
    this.acknowledged.forEach((_, writer) => this.spawn({ role: 'writer', writer }));
    for (let n = 0; n < this.compactors; n++) this.spawn({ role: 'compactor', writer: n });
  }

  startServer() {
    return PostgresServer.start({ directory: this.directory });
  }

  async connect() {
    const { address } = this.server;
    this.sql = connectAsOwner(address, name);
    this.database = await LiteDatabase.open({ address, database: name, keys: this.keys, poolSize: 2 });
  }

  async makeTenant(slug) {
    const id = newId();
    const tenant = { slug, name: slug, plan: 'free', time_zone: 'UTC', metadata: {} };
    await this.sql`insert into public.tenants ${this.sql({ id, ...tenant, metadata: this.sql.json({}) })}`;
    return id;
  }

  async makeMeter(aggregation) {
    const property = aggregation === 'unique_count' ? 'user' : 'value';
    const value = aggregation === 'count' ? {} : { value_property: `$.${property}`, value_path: [property] };
    const group = { group_by: { region: '$.region' }, group_paths: [{ name: 'region', path: ['region'] }] };
    const meter = { slug: aggregation, name: aggregation, event_type: 'used', aggregation, ...value, ...group };
    await this.database.rpc('usage_meter_create', { p_meter: meter, p_context: context });
  }

  spawn({ role, writer }) {
    const { address } = this.server;
    const where = { address, database: name, keys: this.keys };
    const { schemaFile } = this;
    const task = {
      schemaFile,
      role,
      writer,
      batch: this.acknowledged[writer],
      tenants: this.tenants,
      from: start,
      database: where,
    };
    const child = fork(worker, [JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.children.set(`${role} ${writer}`, child);
    let said = '';
    child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2_000)));
    child.on('message', ({ acknowledged, fault, message, ended }) => {
      if (acknowledged !== undefined) this.acknowledged[writer] = acknowledged + 1;
      if (fault !== undefined) this.tell(fault, message);
      if (ended) child.ended = true;
    });
    child.on('exit', (code, signal) => {
      if (child.ended || signal === 'SIGKILL') return;
      this.tell('crash', `${role} ended with ${code ?? signal}: ${said}`);
      this.spawn({ role, writer });
    });
  }

  tell(fault, message) {
    const known = this.faults.get(fault) ?? { times: 0, message };
    this.faults.set(fault, { ...known, times: known.times + 1 });
  }

  /** Ends one of them, at a moment that nobody chose: the server every other time, a compactor every eighth, else a writer. */
  async strike() {
    if (this.killed % 2 === 0) return this.strikeServer();
    const role = this.killed % 8 === 7 ? 'compactor' : 'writer';
    const writer = Math.floor(Math.random() * (role === 'writer' ? this.acknowledged.length : this.compactors));
    const child = this.children.get(`${role} ${writer}`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill('SIGKILL')) await gone;
    this.kills[role] += 1;
    this.spawn({ role, writer });
  }

  /** Immediate shutdown: every session is cut off, nothing is written any more, and the next start recovers from the log. */
  async strikeServer() {
    const postmaster = await readPostmaster(this.server.home.data);
    process.kill(postmaster.pid, 'SIGQUIT');
    await this.server.ended;
    await this.server.stop();
    this.kills.postgres += 1;
    if (Math.random() < 0.3) await delay(Math.random() * 500);
    this.server = await this.startServer();
  }

  get killed() {
    return Object.values(this.kills).reduce((a, b) => a + b);
  }

  /** Lets everybody finish. */
  async end() {
    const left = [...this.children.values()].filter(({ exitCode }) => exitCode === null);
    const gone = left.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.children.values()) if (child.connected) child.send('stop');
    await Promise.all(gone);
    await this.connect();
  }

  async disconnect() {
    await this.database?.close();
    await this.sql?.end({ timeout: 1 });
  }

  /** How many differences there are between counts and events, over all meters and days. */
  async differences() {
    const found = [];
    let compared = 0;
    for (const { id, slug } of await this.database.rpc('usage_counted_meters', { p_slug: null })) {
      for (let at = start; at <= start + span; at += span / 2) {
        const args = { p_meter: Number(id), p_day: new Date(at).toISOString().slice(0, 10), p_tenant: null };
        const answer = await this.database.rpc('usage_verify', args);
        compared += answer.compared;
        found.push(...answer.differences.map((each) => ({ meter: slug, ...each })));
      }
    }
    return { compared, found };
  }

  async remove() {
    for (const child of this.children.values()) if (child.exitCode === null) child.kill('SIGKILL');
    await this.disconnect().catch(() => undefined);
    await this.server?.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
