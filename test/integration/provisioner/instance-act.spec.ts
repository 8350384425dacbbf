import { newId } from '../../../src/platform/ids.js';
import { actions, type InstanceAction } from '../../../src/provisioner/instances/instance-actions.js';
import { type InstanceStatus, instanceStatuses } from '../../../src/provisioner/instances/instance.js';
import type { ActOutcome } from '../../../src/provisioner/instances/instances.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

const kinds: InstanceAction[] = ['start', 'stop', 'restart', 'repair', 'uninstall'];

/** Where each action is allowed, and what the instance becomes at once. */
const allowed: Record<InstanceAction, { from: InstanceStatus[]; status?: InstanceStatus; desired?: string }> = {
  start: { from: ['stopped', 'error'], status: 'starting', desired: 'running' },
  stop: { from: ['running', 'degraded'], status: 'stopping', desired: 'stopped' },
  restart: { from: ['running', 'degraded'], status: 'restarting' },
  repair: { from: ['running', 'degraded', 'stopped', 'error'] },
  uninstall: {
    from: ['provisioning', 'running', 'degraded', 'stopped', 'error'],
    status: 'uninstalling',
    desired: 'absent',
  },
};
const cases = kinds.flatMap((kind) =>
  instanceStatuses.map((from) => [kind, from, allowed[kind].from.includes(from)] as const),
);

describe('asking an instance for something', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it.each(cases.filter(([, , may]) => may))('%s is accepted of one that is %s', async (kind, from) => {
    const was = await world.insert({ status: from });
    let outcome: ActOutcome | undefined;
    const traces = await world.tracesOf(async () => {
      outcome = await world.act(was.id, kind);
    });
    expect(traces).toEqual({ audit: [`instance.${kind}`], outbox: ['operation.queued'] });
    expect(outcome).toMatchObject({ outcome: 'accepted', operation: { kind, status: 'queued', instance_id: was.id } });
    const { status, desired } = allowed[kind];
    expect(await world.row(was.id)).toMatchObject({
      status: status ?? from,
      desired_state: desired ?? was.desired_state,
      status_reason: null,
    });
  });

  it.each(cases.filter(([, , may]) => !may))('%s is refused of one that is %s', async (kind, from) => {
    const { id } = await world.insert({ status: from });
    const before = await world.everything();
    expect(await world.act(id, kind)).toEqual({ outcome: 'illegal_state', status: from });
    expect(await world.everything()).toEqual(before);
  });

  it.each(kinds)('%s of nothing is not found', async (kind) => {
    expect(await world.act(newId(), kind)).toEqual({ outcome: 'not_found' });
  });

  it('says in words what it says in SQL', () => {
    for (const kind of kinds) expect(actions[kind].from).toEqual(allowed[kind].from);
  });

  it('does not repair what is to be absent: only another uninstall says what becomes of the data', async () => {
    const { id } = await world.insert({ status: 'error', desired_state: 'absent' });
    expect(await world.act(id, 'repair')).toEqual({ outcome: 'illegal_state', status: 'error' });
    expect(await world.act(id, 'uninstall')).toMatchObject({ outcome: 'accepted' });
  });

  it('is refused when the instance was changed since it was read', async () => {
    const { id, row_version: version } = await world.insert({ status: 'running' });
    const before = await world.everything();
    expect(await world.act(id, 'stop', version + 1)).toEqual({ outcome: 'stale' });
    expect(await world.everything()).toEqual(before);
    expect(await world.act(id, 'stop', version)).toMatchObject({ outcome: 'accepted' });
  });

  it.each(kinds.filter((kind) => kind !== 'uninstall'))(
    '%s is refused while something is at work, queued or running',
    async (kind) => {
      const { id } = await world.insert({ status: 'running' });
      const busy = await world.acted(id, 'restart');
      const refused = { outcome: 'operation_in_progress', operation_id: busy.id };
      expect(await world.act(id, kind)).toEqual(refused);
      await world.begin(busy.id);
      expect(await world.act(id, kind)).toEqual(refused);
      expect(await world.act(id, 'uninstall')).toEqual(refused);
    },
  );

  it('twenty times at once wins once, and nineteen times hears of the winner', async () => {
    const { id } = await world.insert({ status: 'running' });
    const asked = Array.from({ length: 20 }, (_, index) => world.act(id, index % 2 === 0 ? 'stop' : 'restart'));
    const answers = await Promise.all(asked);
    const won = answers.flatMap((answer) => (answer.outcome === 'accepted' ? [answer.operation.id] : []));
    expect(won).toHaveLength(1);
    const lost = answers.filter((answer) => answer.outcome !== 'accepted');
    expect(lost).toEqual(
      Array.from({ length: 19 }, () => ({ outcome: 'operation_in_progress', operation_id: won[0] })),
    );
  });

  it('leaves the trail of who asked for what', async () => {
    const { id } = await world.insert({ status: 'running' });
    await world.acted(id, 'stop');
    const [row] = await test.sql<{ before: object; after: object }>(
      'select actor, request_id, before, after from public.audit_log order by id desc limit 1',
    );
    expect(row).toMatchObject({
      actor: operator.actor,
      request_id: operator.request_id,
      before: { id, status: 'running', desired_state: 'running' },
      after: { id, status: 'stopping', desired_state: 'stopped' },
    });
  });
});
