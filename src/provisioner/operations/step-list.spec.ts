import fc from 'fast-check';
import type { OperationStep } from './operation.js';
import { StepList } from './step-list.js';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const text = (second: number): string => at(second).toISOString();

describe('the steps of an operation', () => {
  it('open one after the other, each closing the one before as succeeded', () => {
    const steps = new StepList([], at(0));
    expect(steps.start('prepare_namespace', null, at(1))).toBe(true);
    expect(steps.start('install_release', 'chart web-app', at(2))).toBe(true);
    expect(steps.all()).toEqual([
      { name: 'prepare_namespace', status: 'succeeded', started_at: text(1), finished_at: text(2), message: null },
      { name: 'install_release', status: 'running', started_at: text(2), finished_at: null, message: 'chart web-app' },
    ]);
  });

  it('say nothing new when the open one says the same again', () => {
    const steps = new StepList([], at(0));
    steps.start('wait_for_readiness', 'one of two', at(1));
    expect(steps.start('wait_for_readiness', 'one of two', at(2))).toBe(false);
    expect(steps.start('wait_for_readiness', 'two of two', at(3))).toBe(true);
    expect(steps.all()).toEqual([
      { name: 'wait_for_readiness', status: 'running', started_at: text(1), finished_at: null, message: 'two of two' },
    ]);
  });

  it('keep what they said unless the end says more', () => {
    const steps = new StepList([], at(0));
    steps.start('install_release', 'chart web-app', at(1));
    steps.finish('failed', at(2));
    steps.start('wait_to_try_again', null, at(2));
    steps.finish('failed', at(3), 'not in time');
    expect(steps.all().map(({ name, status, message }) => [name, status, message])).toEqual([
      ['install_release', 'failed', 'chart web-app'],
      ['wait_to_try_again', 'failed', 'not in time'],
    ]);
  });

  it('are finished once', () => {
    const steps = new StepList([], at(0));
    steps.finish('failed', at(1));
    expect(steps.all()).toEqual([]);
    steps.start('scale_down', null, at(1));
    steps.finish('failed', at(2), 'refused');
    steps.finish('succeeded', at(3));
    expect(steps.all()).toEqual([
      { name: 'scale_down', status: 'failed', started_at: text(1), finished_at: text(2), message: 'refused' },
    ]);
  });

  it('of a worker that is gone are closed as failed by the next', () => {
    const recorded: OperationStep[] = [
      { name: 'prepare_namespace', status: 'succeeded', started_at: text(1), finished_at: text(2), message: null },
      { name: 'install_release', status: 'running', started_at: text(2), finished_at: null, message: 'chart' },
    ];
    const steps = new StepList(recorded, at(9));
    expect(steps.all()).toEqual([
      recorded[0],
      { name: 'install_release', status: 'failed', started_at: text(2), finished_at: text(9), message: 'interrupted' },
    ]);
    expect(recorded[1]?.status).toBe('running');
  });

  it('tell what was done by name and end', () => {
    const steps = new StepList([], at(0));
    steps.start('restart_workloads', null, at(1));
    expect(steps.has('restart_workloads', 'succeeded')).toBe(false);
    steps.finish('failed', at(2));
    expect(steps.has('restart_workloads', 'succeeded')).toBe(false);
    steps.start('restart_workloads', null, at(3));
    steps.start('wait_for_readiness', null, at(4));
    expect(steps.has('restart_workloads', 'succeeded')).toBe(true);
  });

  it('cut what is too long to keep', () => {
    const steps = new StepList([], at(0));
    steps.start('install_release', 'x'.repeat(2_001), at(1));
    expect(steps.all()[0]?.message).toBe(`${'x'.repeat(1_999)}…`);
    expect(steps.start('install_release', 'x'.repeat(2_001), at(2))).toBe(false);
    steps.finish('failed', at(3), 'y'.repeat(2_000));
    expect(steps.all()[0]?.message).toBe('y'.repeat(2_000));
  });

  it('are in order, and only the last can be open, whatever happens', () => {
    const deed = fc.record({
      kind: fc.constantFrom('start', 'finish', 'interrupt'),
      name: fc.constantFrom('a', 'b'),
      status: fc.constantFrom('succeeded' as const, 'failed' as const),
      message: fc.option(fc.string(), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 20 }), (deeds) => {
        let steps = new StepList([], at(0));
        deeds.forEach(({ kind, name, status, message }, second) => {
          if (kind === 'start') steps.start(name, message, at(second));
          else if (kind === 'finish') steps.finish(status, at(second));
          else steps = new StepList(steps.all(), at(second));
        });
        const all = steps.all();
        expect(all.slice(0, -1).filter((step) => step.finished_at === null)).toEqual([]);
        for (const step of all) expect(step.status === 'running').toBe(step.finished_at === null);
        const times = all.flatMap((step) => [step.started_at, step.finished_at ?? step.started_at]);
        expect(times).toEqual([...times].sort());
      }),
    );
  });
});
