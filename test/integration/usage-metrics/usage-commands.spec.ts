import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { execa } from 'execa';
import { RollupsController } from '../../../src/usage-metrics/rollups/rollups.controller.js';
import { Rollups } from '../../../src/usage-metrics/rollups/rollups.service.js';
import { RollupsStore } from '../../../src/usage-metrics/rollups/rollups.store.js';
import { operatorKey, Replica } from '../auth/callers.js';
import type { MeterSaid, Said } from '../usage/oracle.js';
import { day, UsageWorld } from '../usage/usage-world.js';

const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'usage.mjs');

@Module({ controllers: [RollupsController], providers: [RollupsStore, Rollups] })
class ProofModule {}

const meter: MeterSaid = { slug: 'tokens', type: 'used', aggregation: 'sum', dimensions: ['region'] };

describe('npm run usage:verify and usage:rebuild', () => {
  let world: UsageWorld;
  let replica: Replica;
  let tenant: string;
  const yesterday = Math.floor(Date.now() / day) * day - day;
  const date = new Date(yesterday).toISOString().slice(0, 10);

  beforeAll(async () => {
    world = await UsageWorld.make();
    [tenant = ''] = await world.tenants(1);
    await world.meter(meter);
    const said = (id: string, hour: number, value: string): Said => ({
      tenant,
      source: 'a',
      id,
      type: 'used',
      value,
      region: 'eu',
      time: yesterday + hour * 3_600_000,
    });
    await world.ingest([said('1', 1, '5'), said('2', 1, '0.25'), said('3', 20, '7')]);
    await world.fold();
    replica = await Replica.start(world.test.database, [ProofModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await world.drop();
  });

  async function run(...args: string[]) {
    const env = { NODE_OPTIONS: '', TENANTRY_KEY: operatorKey, TENANTRY_URL: replica.running.url };
    const { stdout, stderr, exitCode } = await execa(process.execPath, [script, ...args], { env, reject: false });
    return { stdout, stderr, exitCode };
  }

  it('agree with counts that are right, and show how far they are', async () => {
    const { stdout, stderr, exitCode } = await run('verify');
    expect(exitCode).toBe(0);
    // Two quarters of an hour, two hours and a day.
    expect(stdout).toBe('The counts agree with the events: 5 counts of 1 days.');
    expect(stderr).toBe(`1 of 1 days: ${date}, 5 counts, 0 differences`);
  });

  it('say every difference, mend it, and leave a row in the trail', async () => {
    await world.test.sql(`update public.usage_rollups set sum = sum + 1 where grain = 15 and count = 2`);
    await world.test.sql(`delete from public.usage_rollups where grain = 60 and count = 1`);
    const found = await run('verify', '--meter', 'tokens', '--from', date, '--to', date);
    expect(found.exitCode).toBe(1);
    const lines = found.stdout.split('\n');
    const quarter = lines.find((line) => line.includes('(15 min)'));
    expect(quarter).toContain(`${date}  tokens@1  ${tenant}  ${date}T01:00:00+00:00 (15 min)  {"region":"eu"}`);
    expect(quarter).toMatch(/events: \[2,"5.25"\] {2}counted: \[2,"6.25"\]$/);
    expect(lines.at(-1)).toMatch(/^\d counts DIFFER from the events/);

    const mended = await run('rebuild', '--tenant', tenant);
    expect([mended.exitCode, mended.stdout.split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^\d counts were made anew/),
    ]);
    expect(await run('verify')).toMatchObject({ exitCode: 0 });
    const trail = await world.test.sql(`select action, tenant_id from public.audit_log where action = 'usage.rebuild'`);
    expect(trail).toEqual([{ action: 'usage.rebuild', tenant_id: tenant }]);
  });

  it('find nothing of a day that they are not asked about', async () => {
    expect(await run('verify', '--from', '2020-01-01', '--to', '2020-01-02')).toMatchObject({
      exitCode: 0,
      stdout: 'The counts agree with the events: 0 counts of 0 days.',
    });
  });

  it.each([
    [['verify', '--when', 'now'], /--when/],
    [['prove'], /npm run usage:verify/],
    [['verify', '--tenant', 'acme'], /400 .*\n.*tenant_id/],
  ])('say what is wrong with %j', async (args, message) => {
    const { stderr, exitCode } = await run(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
