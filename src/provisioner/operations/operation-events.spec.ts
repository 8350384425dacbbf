import fc from 'fast-check';
import { eventsOf, type NumberedEvent } from './operation-events.js';
import type { Operation, OperationStep } from './operation.js';
import { StepList } from './step-list.js';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

function operation(steps: readonly OperationStep[], parts: Partial<Operation> = {}): Operation {
  return {
    id: '01900000-0000-7000-8000-00000000000a',
    instance_id: '01900000-0000-7000-8000-000000000001',
    kind: 'create',
    status: 'running',
    steps: [...steps],
    progress: 0.3,
    attempts: 1,
    error: null,
    requested_by: 'operator',
    created_at: at(0).toISOString(),
    started_at: at(0).toISOString(),
    finished_at: null,
    ...parts,
  };
}

const told = (events: readonly NumberedEvent[]): string[] =>
  events.map(({ number, event }) =>
    event.type === 'end'
      ? `${number} end ${event.operation.status}`
      : `${number} ${event.step.name} ${event.step.status}`,
  );

/** The first step done, the second begun. */
function twoSteps(): StepList {
  const steps = new StepList([], at(0));
  steps.start('prepare_namespace', null, at(1));
  steps.start('install_release', null, at(2));
  return steps;
}

describe('the events of an operation', () => {
  it('are none before it begins', () => {
    expect(eventsOf(operation([], { status: 'queued' }))).toEqual([]);
  });

  it('tell of a step when it begins and when it ends', () => {
    const steps = new StepList([], at(0));
    steps.start('prepare_namespace', null, at(1));
    expect(told(eventsOf(operation(steps.all())))).toEqual(['1 prepare_namespace running']);
    expect(told(eventsOf(operation(twoSteps().all())))).toEqual([
      '1 prepare_namespace running',
      '2 prepare_namespace succeeded',
      '3 install_release running',
    ]);
  });

  it('tell the beginning of a step as it was', () => {
    const [began, ended] = eventsOf(operation(twoSteps().all()));
    expect(began?.event).toMatchObject({
      step: { status: 'running', finished_at: null, started_at: at(1).toISOString() },
    });
    expect(ended?.event).toMatchObject({ step: { status: 'succeeded', finished_at: at(2).toISOString() } });
  });

  it('end with the final state', () => {
    const steps = twoSteps();
    steps.finish('failed', at(3), 'refused');
    const failed = operation(steps.all(), { status: 'failed', finished_at: at(3).toISOString() });
    const events = eventsOf(failed);
    expect(told(events).slice(-2)).toEqual(['4 install_release failed', '5 end failed']);
    expect(events.at(-1)?.event).toEqual({ type: 'end', operation: failed });
  });

  it.each(['succeeded', 'failed', 'cancelled'] as const)('end when it has %s, even before its first step', (status) => {
    expect(told(eventsOf(operation([], { status })))).toEqual([`1 end ${status}`]);
  });

  it('keep their numbers as steps are added: who resumes after any of them misses none and gets none twice', () => {
    const deed = fc.record({ name: fc.constantFrom('a', 'b', 'c'), ends: fc.boolean(), dies: fc.boolean() });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 15 }), (deeds) => {
        let growing = new StepList([], at(0));
        const followed: string[] = [];
        let last = 0;
        const follow = (record: Operation): void => {
          for (const numbered of eventsOf(record).filter(({ number }) => number > last)) {
            last = numbered.number;
            followed.push(...told([numbered]));
          }
        };
        deeds.forEach(({ name, ends, dies }, second) => {
          if (dies) growing = new StepList(growing.all(), at(second));
          growing.start(name, null, at(second));
          if (ends) growing.finish('failed', at(second));
          follow(operation(growing.all()));
        });
        growing.finish('succeeded', at(59));
        const end = operation(growing.all(), { status: 'succeeded' });
        follow(end);
        expect(followed).toEqual(told(eventsOf(end)));
        expect(eventsOf(end).map(({ number }) => number)).toEqual(followed.map((_, index) => index + 1));
      }),
    );
  });
});
