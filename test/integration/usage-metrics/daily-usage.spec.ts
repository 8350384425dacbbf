import { Logger, type LoggerService } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DailyUsage } from '../../../src/usage-metrics/sources/daily-usage.service.js';
import { DailyUsageStore } from '../../../src/usage-metrics/sources/daily-usage.store.js';
import { resourcesEvent } from '../../../src/usage-metrics/sources/resource-usage.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { Provisioning } from '../../setup/provisioning.js';
import { sourcesOn } from '../../setup/usage-sources.js';

const never = new AbortController().signal;
const dayMs = 86_400_000;
const today = Math.floor(Date.now() / dayMs) * dayMs;
/** Days before today, in UTC. */
const day = (before: number): string => new Date(today - before * dayMs).toISOString().slice(0, 10);
const at = (before: number, time: string): string => `${day(before)}T${time}Z`;

interface Line {
  readonly level: 'log' | 'warn' | 'error';
  readonly said: unknown[];
}

describe('daily usage', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let clock: FakeClock;
  let daily: DailyUsage;
  let lines: Line[];

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    await test.sql('alter table public.audit_log disable trigger all');
  });
  beforeEach(async () => {
    lines = [];
    const say =
      (level: Line['level']) =>
      (...said: unknown[]) =>
        void lines.push({ level, said });
    Logger.overrideLogger({ log: say('log'), warn: say('warn'), error: say('error') } satisfies LoggerService);
    await test.sql(
      'truncate public.usage_daily, public.usage_daily_increments, public.usage_daily_runs, public.usage_instance_intervals',
    );
    await test.sql(`delete from public.audit_log`);
    await test.sql(`update public.tenants set created_at = '${at(1, '10:00:00')}', deleted_at = null`);
    setTime('00:05:00');
  });
  afterAll(() => test.drop());

  /** Makes it this time of today, for a replica that has just started. */
  const setTime = (time: string): void => {
    clock = new FakeClock(Date.parse(at(0, time)));
    daily = new DailyUsage(new DailyUsageStore(test.database), clock);
  };
  const act = async (action: string, when: string, tenantId = world.tenantId): Promise<void> => {
    await test.sql("select public.write_audit('{}', $1, 'thing', 'x', $2, null, null)", [action, tenantId]);
    await test.sql('update public.audit_log set at = $1 where at > $2', [when, at(0, '00:00:00')]);
  };
  const ran = async (
    from: string,
    to: string | null,
    agents: number | null,
    instanceId: string = randomUUID(),
  ): Promise<string> => {
    await test.sql(
      `insert into public.usage_instance_intervals (instance_id, message_id, tenant_id, status, blueprint, agents, at, started_at, ended_at)
       values ($1, (select count(*) from public.usage_instance_intervals), $2, 'running', 'web-app', $3, $4, $4, $5)`,
      [instanceId, world.tenantId, agents, from, to],
    );
    return instanceId;
  };
  const rows = (): Promise<object[]> =>
    test.sql(
      `select metric_date::text, messages_sent::integer, api_calls::integer, agent_count::integer, storage_mb::text
       from public.usage_daily where tenant_id = $1 order by metric_date`,
      [world.tenantId],
    );

  it('counts what the trail holds of the day, and what of it creates, sends or is a message', async () => {
    for (const action of ['create', 'send_message', 'api_call', 'message_sent']) await act(action, at(1, '12:00:00'));
    await daily.makeDue(never);
    expect(await rows()).toEqual([
      { metric_date: day(1), messages_sent: 3, api_calls: 4, agent_count: 0, storage_mb: '0' },
    ]);
  });

  it('takes the day from midnight to midnight in UTC, and upper case for lower', async () => {
    await act('SEND', at(1, '00:00:00'));
    await act('x.Created', at(1, '23:59:59.999999'));
    await act('create', at(0, '00:00:00'));
    await act('create', at(2, '23:59:59.999999'));
    await daily.makeDue(never);
    expect(await rows()).toMatchObject([{ messages_sent: 2, api_calls: 2 }]);
  });

  it('sums the agents of instances that ran, one for those that do not say, and 100 MiB for those not measured', async () => {
    for (const agents of [5, null, 3]) await ran(at(1, '10:00:00'), null, agents);
    await test.sql(`update public.usage_instance_intervals set ended_at = '${at(0, '00:00:01')}'`);
    await daily.makeDue(never);
    expect(await rows()).toMatchObject([{ agent_count: 9, storage_mb: '300' }]);
  });

  it('counts an instance once, as it was last, and none that did not run on that day', async () => {
    const id = await ran(at(1, '10:00:00'), at(1, '11:00:00'), 5);
    await ran(at(1, '12:00:00'), at(1, '13:00:00'), 2, id);
    await ran(at(2, '10:00:00'), at(1, '00:00:00'), 50);
    await ran(at(0, '00:00:00'), null, 70);
    await daily.makeDue(never);
    expect(await rows()).toMatchObject([{ agent_count: 2, storage_mb: '100' }]);
  });

  it('takes the newest size that was measured of an instance on that day', async () => {
    const [measured] = [
      await ran(at(1, '10:00:00'), at(1, '20:00:00'), 1),
      await ran(at(1, '10:00:00'), at(1, '20:00:00'), 1),
    ];
    const sample = { instanceId: measured, tenantId: world.tenantId, blueprint: 'web-app', seconds: '60' };
    await sourcesOn(test).submitter.submit(
      [
        { ...sample, periodStart: at(1, '11:00:00'), volumeGib: '4' },
        { ...sample, periodStart: at(1, '12:00:00'), volumeGib: '2.5' },
        { ...sample, periodStart: at(1, '13:00:00') },
        { ...sample, periodStart: at(2, '12:00:00'), volumeGib: '7' },
      ].map((one) => resourcesEvent(one)),
    );
    expect(lines).toEqual([]);
    await daily.makeDue(never);
    expect(await rows()).toMatchObject([{ storage_mb: '2660' }]);
  });

  it('is made at 00:05 UTC, not before, and then not again', async () => {
    setTime('00:04:59');
    await daily.makeDue(never);
    expect(await rows()).toEqual([]);
    await clock.advance(1_000);
    await daily.makeDue(never);
    expect(await rows()).toHaveLength(1);
    await test.sql('truncate public.usage_daily, public.usage_daily_runs');
    await clock.advance(12 * 3_600_000);
    await daily.makeDue(never);
    expect(await rows()).toEqual([]);
    await clock.advance(12 * 3_600_000);
    await daily.makeDue(never);
    expect(await rows()).toHaveLength(2);
  });

  it('is the same row when it is made again, and the same when replicas make it at once', async () => {
    await act('create', at(1, '12:00:00'));
    await daily.makeDue(never);
    const [first] = await test.sql('select * from public.usage_daily where tenant_id = $1', [world.tenantId]);
    await test.sql('truncate public.usage_daily_runs');
    const replicas = Array.from({ length: 4 }, () => new DailyUsage(new DailyUsageStore(test.database), clock));
    await Promise.all(replicas.map((replica) => replica.makeDue(never)));
    expect(await test.sql('select * from public.usage_daily where tenant_id = $1', [world.tenantId])).toEqual([first]);
  });

  it('catches up on days that were missed, 31 at most and none from before there were tenants', async () => {
    await test.sql(`update public.tenants set created_at = '${at(4, '10:00:00')}'`);
    await act('create', at(3, '12:00:00'));
    await daily.makeDue(never);
    expect(await rows()).toMatchObject(
      [4, 3, 2, 1].map((before) => ({ metric_date: day(before), api_calls: before === 3 ? 1 : 0 })),
    );
    await test.sql(`update public.tenants set created_at = '${at(90, '10:00:00')}'`);
    setTime('00:06:00');
    await daily.makeDue(never);
    expect(await rows()).toHaveLength(31);
  });

  it('goes on when one tenant fails, says so once, and makes that one an hour later', async () => {
    const other = await world.tenant();
    await test.sql(`update public.tenants set created_at = '${at(1, '10:00:00')}'`);
    await test.sql(`alter table public.usage_daily add constraint broken check (tenant_id <> '${other}')`);
    await daily.makeDue(never);
    expect(await rows()).toHaveLength(1);
    const errors = lines.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.said[0]).toMatchObject({ tenant_id: other, metric_date: day(1) });
    await test.sql('alter table public.usage_daily drop constraint broken');
    await daily.makeDue(never);
    expect(await test.sql('select from public.usage_daily')).toHaveLength(1);
    await clock.advance(3_600_000);
    await daily.makeDue(never);
    expect(await test.sql('select from public.usage_daily')).toHaveLength(2);
    await test.sql('delete from public.usage_daily where tenant_id = $1', [other]);
    await test.sql('update public.tenants set deleted_at = now() where id = $1', [other]);
  });

  it('says in one line that there is nobody to make a row for', async () => {
    await test.sql(
      `update public.tenants set deleted_at = '${at(2, '10:00:00')}', created_at = '${at(1, '10:00:00')}'`,
    );
    await daily.makeDue(never);
    await daily.makeDue(never);
    expect(await test.sql('select from public.usage_daily')).toEqual([]);
    expect(lines.filter(({ level }) => level === 'log')).toHaveLength(1);
  });

  describe('increments', () => {
    it('begin a row with their value, and add to it', async () => {
      await daily.increment(world.tenantId, 'messages_sent', 7);
      await daily.increment(world.tenantId, 'messages_sent', 2);
      expect(await rows()).toEqual([
        { metric_date: day(0), messages_sent: 9, api_calls: null, agent_count: null, storage_mb: null },
      ]);
      await daily.increment(world.tenantId, 'api_calls');
      expect(await rows()).toMatchObject([{ messages_sent: 9, api_calls: 1 }]);
    });

    it('lose nothing when many come at once, the first ones too', async () => {
      await Promise.all(Array.from({ length: 40 }, () => daily.increment(world.tenantId, 'api_calls', 3)));
      expect(await rows()).toMatchObject([{ api_calls: 120 }]);
    });

    it('stay in the row when the day is made', async () => {
      await daily.increment(world.tenantId, 'messages_sent', 7);
      await test.sql(`update public.usage_daily_increments set metric_date = '${day(1)}'`);
      await act('create', at(1, '12:00:00'));
      await daily.makeDue(never);
      expect(await rows()).toMatchObject([{ metric_date: day(1), messages_sent: 8, api_calls: 1 }, {}]);
    });

    it.each([
      ['of nobody', /foreign key/, () => daily.increment(randomUUID(), 'api_calls')],
      ['by less than nothing', /only grows/, () => daily.increment(world.tenantId, 'api_calls', -1)],
      ['by a part of one', /whole numbers/, () => daily.increment(world.tenantId, 'api_calls', 0.5)],
      ['by more than a number holds', /whole numbers/, () => daily.increment(world.tenantId, 'api_calls', 2 ** 53)],
    ])('%s are refused: told in the log, thrown on, and without effect', async (_, why, increment) => {
      await expect(increment()).rejects.toThrow(why);
      expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      expect(await test.sql('select from public.usage_daily')).toEqual([]);
    });
  });

  it('comes to a sum of messages and the most of agents and storage, where nothing counts as none', async () => {
    for (const [before, messages, agents] of [
      [3, 10, 2],
      [2, 5, 3],
      [1, null, 1],
      [30, 100, 100],
    ] as const) {
      await test.sql(
        'insert into public.usage_daily (tenant_id, metric_date, messages_sent, agent_count) values ($1, $2, $3, $4)',
        [world.tenantId, day(before), messages, agents],
      );
    }
    const [usage] = await daily.read('all', [world.tenantId], 30);
    expect(usage).toMatchObject({
      from: day(29),
      to: day(0),
      aggregated: { total_messages: 15, total_agents: 3, total_storage: 0, total_storage_decimal: '0' },
    });
    expect(usage?.data.map(({ metric_date: date, messages_sent: messages }) => [date, messages])).toEqual([
      [day(3), 10],
      [day(2), 5],
      [day(1), null],
    ]);
    expect(await daily.read('all', [randomUUID()], 30)).toMatchObject([
      { data: [], aggregated: { total_messages: 0 } },
    ]);
  });
});
