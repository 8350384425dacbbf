import { newId } from '../../../src/platform/ids.js';
import { operation as operationSchema, type OperationStep } from '../../../src/provisioner/operations/operation.js';
import type { NumberedEvent } from '../../../src/provisioner/operations/operation-events.js';
import { StepList } from '../../../src/provisioner/operations/step-list.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Services, servicesOn } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';

const told = ({ number, event }: NumberedEvent): string =>
  event.type === 'end'
    ? `${number} end ${event.operation.status}`
    : `${number} ${event.step.name} ${event.step.status}`;

describe('operations', () => {
  let test: TestDatabase;
  let services: Services;
  const notCancellable = { kind: 'conflict', code: 'operation_not_cancellable' };

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  it('are shown with every member of the contract and no other', async () => {
    const { operation } = await services.world.accepted();
    const shown = await services.operations.get(operation.id);
    expect(Object.keys(shown).sort()).toEqual(Object.keys(operationSchema.shape).sort());
    expect(operationSchema.parse(shown)).toEqual(shown);
  });

  it('that never were are not found', async () => {
    const missing = { kind: 'not_found', code: 'operation_not_found' };
    await expect(services.operations.get(newId())).rejects.toMatchObject(missing);
    await expect(services.operations.cancel(newId(), operator)).rejects.toMatchObject(missing);
    const following = services.operations.follow(newId(), 0, new AbortController().signal);
    await expect(following.next()).rejects.toMatchObject(missing);
  });

  it('are listed newest first, page by page, and only those asked for', async () => {
    const { id } = await services.world.insert({ status: 'running' });
    const made: string[] = [];
    for (const kind of ['stop', 'start', 'restart', 'repair', 'stop'] as const) {
      const task = await services.world.begin((await services.world.acted(id, kind)).id);
      await services.world.finish(task, kind === 'stop' ? 'stopped' : 'running');
      made.unshift(task.id);
    }
    const walked: string[] = [];
    for (let before: number | undefined; ;) {
      const page = await services.operations.list({ reach: 'all', instanceId: id }, 2, before);
      walked.push(...page.map((row) => row.id));
      before = page.at(-1)?.seq;
      if (page.length < 2) break;
    }
    expect(walked).toEqual(made);
    expect(await services.operations.list({ reach: 'all', instanceId: id, status: 'failed' }, 10, undefined)).toEqual(
      [],
    );
    expect(
      await services.operations.list({ reach: 'all', instanceId: id, status: 'succeeded' }, 10, undefined),
    ).toHaveLength(5);
  });

  it('are cancelled before they begin, and a create while it runs', async () => {
    const queued = await services.world.accepted();
    expect(await services.operations.cancel(queued.operation.id, operator)).toMatchObject({ status: 'cancelled' });
    const running = await services.world.accepted();
    await services.world.begin(running.operation.id);
    expect(await services.operations.cancel(running.operation.id, operator)).toMatchObject({ status: 'running' });
  });

  it('that run and are no create, or have ended, cannot be cancelled', async () => {
    const { id } = await services.world.running();
    const stop = await services.world.acted(id, 'stop');
    const task = await services.world.begin(stop.id);
    await expect(services.operations.cancel(stop.id, operator)).rejects.toMatchObject(notCancellable);
    await services.world.finish(task, 'stopped');
    await expect(services.operations.cancel(stop.id, operator)).rejects.toMatchObject({
      ...notCancellable,
      message: 'the operation cannot be cancelled: it has already succeeded',
    });
  });

  describe('followed', () => {
    const step = (name: string, at: number): Date => new Date(Date.UTC(2026, 0, 1, 0, at, name.length));
    /** Begins an operation; each call of the function writes one more step down. */
    const working = async (): Promise<{
      id: string;
      next: (name: string) => Promise<void>;
      end: () => Promise<void>;
    }> => {
      const { operation } = await services.world.accepted();
      const task = await services.world.begin(operation.id);
      const steps = new StepList([], new Date());
      let at = 0;
      const all = (): readonly OperationStep[] => steps.all();
      return {
        id: operation.id,
        next: async (name) => {
          steps.start(name, null, step(name, (at += 1)));
          await services.world.operations.record(task, all(), 0, null);
        },
        end: async () => {
          steps.finish('succeeded', step('end', (at += 1)));
          await services.world.finish(task, 'running', { steps: all() });
        },
      };
    };

    it('tell every step as it happens, and the end, and end', async () => {
      const { id, next, end } = await working();
      const seen: string[] = [];
      const following = (async () => {
        for await (const event of services.operations.follow(id, 0, new AbortController().signal))
          seen.push(told(event));
      })();
      await next('prepare_namespace');
      await until('the first event', () => seen.length === 1);
      await next('install_release');
      await until('two more', () => seen.length === 3);
      await end();
      await following;
      expect(seen).toEqual([
        '1 prepare_namespace running',
        '2 prepare_namespace succeeded',
        '3 install_release running',
        '4 install_release succeeded',
        '5 end succeeded',
      ]);
    });

    it.each([
      [0, ['1 a running', '2 a succeeded', '3 b running', '4 b succeeded', '5 end succeeded']],
      [2, ['3 b running', '4 b succeeded', '5 end succeeded']],
      [4, ['5 end succeeded']],
      [5, []],
      [99, []],
    ])('from event %i on tell the rest', async (after, events) => {
      const { id, next, end } = await working();
      await next('a');
      await next('b');
      await end();
      const rest: string[] = [];
      for await (const event of services.operations.follow(id, after, new AbortController().signal))
        rest.push(told(event));
      expect(rest).toEqual(events);
    });

    it('end when the follower leaves', async () => {
      const { id, next } = await working();
      await next('a');
      const leaving = new AbortController();
      const seen: string[] = [];
      for await (const event of services.operations.follow(id, 0, leaving.signal)) {
        seen.push(told(event));
        leaving.abort();
      }
      expect(seen).toEqual(['1 a running']);
    });
  });
});
