import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { ToldState } from '../../../src/usage-metrics/sources/instance-time.js';
import { InstanceTimeStore } from '../../../src/usage-metrics/sources/instance-time.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

const tenant_id = randomUUID();
const start = Date.parse('2026-03-28T23:00:00Z');
const instant = (second: number): string => new Date(start + second * 1_000).toISOString();

/** What somebody saw: after so many seconds (before, where the clock went back) a state, or that nobody had looked for so long. */
interface Seen {
  readonly after: number;
  readonly status: string;
  readonly unseenFor: number | undefined;
}

const seen = fc.array(
  fc.record({
    after: fc.integer({ min: -3, max: 4_000 }),
    status: fc.constantFrom('running', 'running', 'degraded', 'stopped', 'error', 'upgrading'),
    unseenFor: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 12 },
);

function messagesOf(instanceId: string, history: readonly Seen[]): ToldState[] {
  let now = 0;
  return history.map(({ after, status, unseenFor }, index) => {
    now += after;
    const common = {
      id: (index + 1) * 7,
      instance_id: instanceId,
      tenant_id,
      status,
      blueprint: 'web-app',
      agents: null,
    };
    const at = instant(now);
    return unseenFor === undefined ? { ...common, at } : { ...common, at, from: instant(now - unseenFor), to: at };
  });
}

/** The ready seconds of a history told in order, up to a time; and the seconds that passed. The oracle: a walk over a line. */
function readySeconds(history: readonly Seen[], until: number): number {
  let [now, position, ready, status] = [0, Number.NEGATIVE_INFINITY, 0, 'none'];
  const move = (to: number, next: string): void => {
    if (to > position) {
      if (status === 'running') ready += to - position;
      position = to;
    }
    status = next;
  };
  for (const { after, status: next, unseenFor } of history) {
    now += after;
    if (unseenFor !== undefined) move(now - unseenFor, 'unobserved');
    move(now, next);
  }
  move(Math.max(until, position), 'end');
  return ready;
}

describe('the intervals of an instance', () => {
  let test: TestDatabase;
  let store: InstanceTimeStore;

  beforeAll(async () => {
    test = await createTestDatabase();
    store = new InstanceTimeStore(test.database);
  });
  afterAll(() => test.drop());

  const measured = async (instanceId: string, until: number): Promise<{ ready: number; span: number }> => {
    const [row] = await test.sql<{ ready: string; span: string }>(
      `with laid as (select status, started_at, coalesce(ended_at, greatest($2::timestamptz, started_at)) as ended_at
        from public.usage_instance_intervals where instance_id = $1)
      select coalesce(sum(extract(epoch from ended_at - started_at)) filter (where status = 'running'), 0)::text as ready,
        extract(epoch from max(ended_at) - min(started_at))::text as span from laid`,
      [instanceId, instant(until)],
    );
    return { ready: Number(row?.ready), span: Number(row?.span) };
  };

  it('hold the same ready time in whatever order, and however often, they were told of; never more than passed', async () => {
    await fc.assert(
      fc.asyncProperty(
        seen.chain((history) => {
          const once = history.map((_, index) => index);
          const again = fc.array(fc.constantFrom(...once), { maxLength: 6 });
          const order = again.chain((more) =>
            fc.shuffledSubarray([...once, ...more], { minLength: once.length + more.length }),
          );
          return fc.record({ history: fc.constant(history), order });
        }),
        async ({ history, order }) => {
          const instanceId = randomUUID();
          const messages = messagesOf(instanceId, history);
          for (const index of order) {
            const message = messages[index];
            if (message !== undefined) await store.told(message);
          }
          const until = history.reduce((sum, { after }) => sum + after, 0) + 600;
          const { ready, span } = await measured(instanceId, until);
          expect(ready).toBe(readySeconds(history, until));
          expect(ready).toBeLessThanOrEqual(span);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are told of by many at once, to the same end', async () => {
    const instanceId = randomUUID();
    const history = Array.from({ length: 20 }, (_, index) => ({
      after: 100,
      status: index % 3 === 0 ? 'running' : 'stopped',
      unseenFor: undefined,
    }));
    const messages = messagesOf(instanceId, history);
    await Promise.all([...messages, ...messages.toReversed()].map((message) => store.told(message)));
    expect((await measured(instanceId, 2_000)).ready).toBe(readySeconds(history, 2_000));
  });
});
