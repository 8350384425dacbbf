import { Logger } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { deliverStates, type Sources, sourcesOn } from '../../setup/usage-sources.js';

const never = new AbortController().signal;

describe('instance time', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let sources: Sources;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    sources = sourcesOn(test);
  });
  beforeEach(async () => {
    await deliverStates(test, sources.time);
    await test.sql('truncate public.usage_instance_intervals, public.usage_events, public.usage_event_keys');
  });
  afterAll(() => test.drop());

  /** As if all that is told of and seen of instances had been so much earlier. */
  const letPass = async (interval: string): Promise<void> => {
    await test.sql('alter table public.instances disable trigger user');
    await test.sql(
      `update public.instances set synced_at = synced_at - $1::text::interval, ready_at = ready_at - $1::text::interval`,
      [interval],
    );
    await test.sql('alter table public.instances enable trigger user');
    await test.sql('update public.outbox set at = at - $1::text::interval where delivered_at is null', [interval]);
    await test.sql(
      `update public.usage_instance_intervals set at = at - $1::text::interval, started_at = started_at - $1::text::interval,
        ended_at = ended_at - $1::text::interval`,
      [interval],
    );
  };
  const seeAgain = (id: string): Promise<unknown> =>
    test.sql('select public.instances_unchanged(array[$1::uuid])', [id]);
  /** As if it had been seen all the time. */
  const wasSeen = async (id: string): Promise<void> => {
    await test.sql('alter table public.instances disable trigger user');
    await seeAgain(id);
    await test.sql('alter table public.instances enable trigger user');
  };
  const submit = async (): Promise<void> => {
    await deliverStates(test, sources.time);
    await sources.time.submit(never);
  };
  interface Event {
    readonly seconds: string;
    readonly bucket: string;
    readonly data: Record<string, unknown>;
  }
  const events = (): Promise<Event[]> =>
    test.sql(
      `select data ->> 'seconds' as seconds, data, event_id, time::text, (time - date_bin('15 minutes', time, '2000-01-01Z'))::text as into_bucket
      from public.usage_events where type = 'tenantry.instance.state' order by time`,
    );
  const total = async (): Promise<number> => (await events()).reduce((sum, { seconds }) => sum + Number(seconds), 0);

  it('is submitted while the instance runs, in quarters of an hour, up to when it was seen last', async () => {
    const { id } = await world.running(undefined, { values: { agents: ['a', 'b'] } });
    await deliverStates(test, sources.time);
    await letPass('100 minutes');
    await wasSeen(id);
    await submit();
    const found = await events();
    expect(found.length).toBeGreaterThanOrEqual(6);
    expect(await total()).toBeGreaterThan(84 * 60);
    expect(await total()).toBeLessThanOrEqual(100 * 60 + 1);
    expect(found[0]?.data).toEqual({
      instance_id: id,
      blueprint: 'web-app',
      status: 'running',
      agents: 2,
      seconds: found[0]?.seconds,
    });
    for (const { seconds } of found.slice(1)) expect(seconds).toBe('900');
    const before = found.length;
    await submit();
    expect(await events()).toHaveLength(before);
  });

  it('ends with the second in which the instance is asked to stop, and counts neither stopping nor failed provisioning', async () => {
    const { id } = await world.running();
    const { operation } = await world.accepted();
    await deliverStates(test, sources.time);
    await letPass('4 minutes');
    const stop = await world.acted(id, 'stop');
    await world.finish(await world.begin(operation.id), 'error', {
      status: 'failed',
      instance: { status: 'error', status_reason: 'image_pull_failed' },
    });
    await deliverStates(test, sources.time);
    await letPass('3 minutes');
    await world.finish(await world.begin(stop.id), 'stopped');
    await submit();
    expect(await total()).toBeGreaterThanOrEqual(240);
    expect(await total()).toBeLessThan(245);
  });

  it.each([
    ['found as it was', (id: string) => seeAgain(id)],
    ['found degraded', (id: string) => observe(id, 'degraded')],
    ['asked to stop before anybody looked', (id: string) => world.acted(id, 'stop')],
  ])('leaves out hours in which nobody looked, when the instance is then %s', async (_, wake) => {
    const { id } = await world.running();
    await deliverStates(test, sources.time);
    await letPass('2 hours');
    await wake(id);
    await deliverStates(test, sources.time);
    await letPass('20 minutes');
    await wasSeen(id);
    await submit();
    // Nothing of the two hours; of the time after them what was ready, in whole quarters.
    expect(await total()).toBeLessThan(20 * 60 + 2);
    const states = await test.sql<{ status: string }>(
      'select status from public.usage_instance_intervals where instance_id = $1 and ended_at > started_at order by message_id, part',
      [id],
    );
    expect(states.map(({ status }) => status)).toContain('unobserved');
  });

  it('is not submitted of an instance that nobody has seen since, however long ago that is', async () => {
    await world.running();
    await deliverStates(test, sources.time);
    await letPass('5 days');
    await submit();
    expect(await events()).toEqual([]);
  });

  it('waits for what the outbox still has to tell', async () => {
    const { id } = await world.running();
    await deliverStates(test, sources.time);
    await letPass('1 hour');
    await wasSeen(id);
    await world.acted(id, 'restart');
    await sources.time.submit(never);
    expect(await events()).toEqual([]);
    await submit();
    expect(await total()).toBeGreaterThan(3_599);
  });

  it('counts once when an answer is lost, or the process ends between submitting and writing that down', async () => {
    const { id } = await world.running();
    await deliverStates(test, sources.time);
    await letPass('3 hours');
    await wasSeen(id);
    sources.log.fault = new Error('too many events');
    await expect(submit()).rejects.toThrow('too many events');
    expect(await events()).toEqual([]);
    sources.log.lostAnswer = new Error('connection reset');
    await expect(submit()).rejects.toThrow('connection reset');
    const taken = await events();
    expect(taken.length).toBeGreaterThanOrEqual(11);
    await submit();
    expect(await events()).toEqual(taken);
  });

  it('is the same whatever the time zone of the database, over its change to summer time', async () => {
    const { id } = await world.running();
    await deliverStates(test, sources.time);
    const [row] = await test.sql<{ message_id: string }>(
      'select max(message_id)::text as message_id from public.usage_instance_intervals',
    );
    await test.sql(
      "update public.usage_instance_intervals set started_at = '2026-03-08T06:50:00Z', ended_at = '2026-03-08T07:10:00Z' where status = 'running'",
    );
    const slices = async (zone: string): Promise<unknown> => {
      const [found] = await test.sql<{ slices: object[] }>(
        `select public.usage_instance_slices(10) as slices from set_config('timezone', '${zone}', false)`,
      );
      return found?.slices;
    };
    const expected = [
      ['2026-03-08T06:50:00.000000Z', '2026-03-08T07:00:00.000000Z', '600'],
      ['2026-03-08T07:00:00.000000Z', '2026-03-08T07:10:00.000000Z', '600'],
    ].map(([from, to, seconds]) =>
      expect.objectContaining({ instance_id: id, message_id: Number(row?.message_id), from, to, seconds }),
    );
    for (const zone of ['America/New_York', 'Asia/Kathmandu', 'UTC']) expect(await slices(zone)).toEqual(expected);
  });

  it('begins with this version for instances of before: what the outbox held until then tells nothing', async () => {
    const { id } = await world.running();
    await test.sql('update public.outbox set instance = null where delivered_at is null');
    await submit();
    expect(await test.sql('select from public.usage_instance_intervals where instance_id = $1', [id])).toEqual([]);
  });

  async function observe(id: string, status: 'degraded' | 'running'): Promise<unknown> {
    const observed = { revision: 1, ready_replicas: 0, replicas: 1, conditions: [] };
    return world.drift.observe(await world.row(id), {
      status,
      status_reason: null,
      observed,
      drift_state: 'none',
      drift_findings: [],
    });
  }
});
