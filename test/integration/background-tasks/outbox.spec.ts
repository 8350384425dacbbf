import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { randomUUID } from 'node:crypto';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { OutboxDeliveryTask } from '../../../src/background-tasks/outbox-delivery.task.js';
import type { OutboxMessage } from '../../../src/background-tasks/outbox-message.js';
import { Outbox } from '../../../src/background-tasks/outbox.service.js';
import { OutboxStore } from '../../../src/background-tasks/outbox.store.js';
import { ScheduleStore } from '../../../src/background-tasks/schedule.store.js';
import { ScheduledTasks } from '../../../src/background-tasks/scheduled-tasks.service.js';
import { PlatformConfig, platformEnvironment } from '../../../src/platform/platform.config.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { createTestDatabase, readTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';

const [one, other, tenant] = [randomUUID(), randomUUID(), randomUUID()];
const never = new AbortController().signal;

describe('the outbox', () => {
  let test: TestDatabase;
  let store: OutboxStore;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    store = new OutboxStore(test.database);
  });
  beforeEach(() => test.sql('truncate public.outbox restart identity'));
  afterAll(() => test.drop());

  const write = (topic: string, instanceId: string | null = one): Promise<unknown> =>
    test.sql('select public.write_outbox($1, $2, $3, $4::text::jsonb)', [topic, tenant, instanceId, '{}']);
  const replica = (
    listen: (outbox: Outbox) => void,
  ): { task: OutboxDeliveryTask; clock: FakeClock; schedules: ScheduledTasks } => {
    const outbox = new Outbox();
    listen(outbox);
    const clock = new FakeClock();
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    const platform = new PlatformConfig(platformEnvironment.parse({}));
    const schedules = new ScheduledTasks(new SchedulerRegistry(), new ScheduleStore(test.database), clock, config);
    return { task: new OutboxDeliveryTask(outbox, store, schedules, clock, platform, config), clock, schedules };
  };
  const deliver = (listen: (outbox: Outbox) => void): Promise<number> => replica(listen).task.deliver(never);
  const undelivered = (): Promise<{ topic: string }[]> =>
    test.sql('select topic from public.outbox where delivered_at is null order by id');
  /** As if all pauses were over. */
  const forgetPauses = (): Promise<unknown> =>
    test.sql('update public.outbox set retry_at = now() where retry_at is not null');

  it('gives each message to all who listen to its topic or its family, and to nobody else', async () => {
    await write('operation.queued');
    await write('operations');
    await write('tenant.created', null);
    const heard: string[] = [];
    await deliver((outbox) => {
      outbox.on(['operation.*'], async ({ topic }) => void heard.push(`family ${topic}`));
      outbox.on(['operation.queued', 'tenant.created'], async ({ topic }) => void heard.push(`name ${topic}`));
    });
    expect(heard.sort()).toEqual(['family operation.queued', 'name operation.queued', 'name tenant.created']);
    expect(await undelivered()).toEqual([]);
  });

  it('tells what happened, when, and how the instance was left', async () => {
    const world = await Provisioning.in(test);
    const { id } = await world.running('app', { values: { agents: 5 } });
    const heard: OutboxMessage[] = [];
    await deliver((outbox) => outbox.on(['operation.succeeded'], async (message) => void heard.push(message)));
    expect(heard).toEqual([
      expect.objectContaining({
        tenantId: world.tenantId,
        instanceId: id,
        payload: expect.objectContaining({ kind: 'create', status: 'running' }),
        instance: { status: 'running', blueprint: 'web-app', agents: 5 },
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+00:00$/),
      }),
    ]);
  });

  it('gives the messages of an instance in order, and holds back those behind one that failed, but no others', async () => {
    for (const topic of ['a', 'b', 'c']) await write(topic);
    for (const topic of ['x', 'y']) await write(topic, other);
    const heard: string[] = [];
    let broken = true;
    const listen = (outbox: Outbox): void =>
      outbox.on(['a', 'b', 'c', 'x', 'y'], async ({ topic }) => {
        if (broken && topic === 'b') throw new Error('not now');
        heard.push(topic);
      });
    await deliver(listen);
    expect(heard.filter((topic) => 'abc'.includes(topic))).toEqual(['a']);
    expect(heard.filter((topic) => 'xy'.includes(topic))).toEqual(['x', 'y']);
    expect(await deliver(listen)).toBe(0);

    broken = false;
    await write('d');
    await forgetPauses();
    await deliver(listen);
    expect(heard.slice(3)).toEqual(['b', 'c']);
    expect(await undelivered()).toEqual([]);
  });

  it('waits longer after each failure, and says why', async () => {
    await write('a');
    for (const pause of [1, 2, 4]) {
      await deliver((outbox) => outbox.on(['a'], () => Promise.reject(new Error(`failed before ${pause} s`))));
      const rows = await test.sql(
        'select attempts, last_error, round(extract(epoch from retry_at - now()))::integer as pause from public.outbox',
      );
      expect(rows).toEqual([{ attempts: Math.log2(pause) + 1, last_error: `failed before ${pause} s`, pause }]);
      await forgetPauses();
    }
  });

  it('gives a message again that was taken by a replica which then died, and hears no more of that one', async () => {
    await write('a');
    const [lost] = await store.claim(10, 0, never);
    if (lost === undefined) throw new Error('nothing was claimed');
    const heard: string[] = [];
    expect(await deliver((outbox) => outbox.on(['a'], async ({ topic }) => void heard.push(topic)))).toBe(1);
    await store.settle([{ message: lost, outcome: 'failed', pauseMs: 1_000, error: 'too late' }]);
    expect(heard).toEqual(['a']);
    expect(await undelivered()).toEqual([]);
  });

  it('is given to one of many replicas at a time, each message once, and in order', async () => {
    const topics = Array.from({ length: 60 }, (_, index) => String(index));
    for (const topic of topics)
      await write(topic, Number(topic) % 3 === 0 ? one : Number(topic) % 3 === 1 ? other : null);
    const heard: string[] = [];
    const replicas = Array.from({ length: 6 }, () =>
      replica((outbox) => outbox.on(topics, async ({ topic }) => void heard.push(topic))),
    );
    const work = async ({ task }: (typeof replicas)[number]): Promise<void> => {
      while ((await undelivered()).length > 0) await task.deliver(never);
    };
    await Promise.all(replicas.map(work));
    expect(heard.toSorted((a, b) => Number(a) - Number(b))).toEqual(topics);
    for (const rest of [0, 1, 2]) {
      const mine = heard.filter((topic) => Number(topic) % 3 === rest);
      expect(mine).toEqual(mine.toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  it('loses no message that is committed after later ones were delivered', async () => {
    const { address, name } = await readTestDatabase(test);
    const slow = connectAsOwner(address, name);
    const heard: string[] = [];
    const listen = (outbox: Outbox): void => outbox.on(['early', 'late'], async ({ topic }) => void heard.push(topic));
    await slow.begin(async (transaction) => {
      await transaction`select public.write_outbox('early', ${tenant}, ${one}, '{}')`;
      await write('late', other);
      await deliver(listen);
      expect(heard).toEqual(['late']);
    });
    await slow.end();
    await deliver(listen);
    expect(heard).toEqual(['late', 'early']);
  });

  it('tells handlers to stop before its lease is over, and leaves what they had not reached', async () => {
    await write('a');
    await write('b');
    const { task, clock } = replica((outbox) =>
      outbox.on(['a', 'b'], (_, signal) => {
        const { promise, reject } = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        return promise;
      }),
    );
    const delivering = task.deliver(never);
    await until(
      'the handler runs',
      async () => (await test.sql('select from public.outbox where held_until is not null')).length > 0,
    );
    await until('the time is over', async () => {
      await clock.advance(45_000);
      return (await test.sql('select from public.outbox where held_until is null')).length === 2;
    });
    await delivering;
    expect(await test.sql('select attempts, delivered_at from public.outbox order by id')).toEqual([
      { attempts: 1, delivered_at: null },
      { attempts: 0, delivered_at: null },
    ]);
    expect(clock.sleeping).toBe(0);
  });

  it('is delivered by a replica that works, until that is told to end; nothing is left waiting', async () => {
    const heard: string[] = [];
    const { task, clock, schedules } = replica((outbox) =>
      outbox.on(['a', 'b'], async ({ topic }) => void heard.push(topic)),
    );
    await write('a');
    task.onApplicationBootstrap();
    await until('the first is heard', async () => heard.length === 1);
    await write('b');
    await until('the second is heard', async () => {
      await clock.advance(1_000);
      return heard.length === 2;
    });
    await task.beforeApplicationShutdown();
    await schedules.beforeApplicationShutdown();
    expect(clock.sleeping).toBe(0);
  });

  it('keeps what was delivered for some days, and what was not for ever', async () => {
    for (const topic of ['old', 'new', 'waiting']) await write(topic);
    await test.sql("update public.outbox set at = now() - interval '99 days'");
    await test.sql("update public.outbox set delivered_at = now() - interval '31 days' where topic = 'old'");
    await test.sql("update public.outbox set delivered_at = now() - interval '29 days' where topic = 'new'");
    expect(await store.sweep(30, 100)).toBe(1);
    expect(await test.sql('select topic from public.outbox order by id')).toEqual([
      { topic: 'new' },
      { topic: 'waiting' },
    ]);
  });
});
