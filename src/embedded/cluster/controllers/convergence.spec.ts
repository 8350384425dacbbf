import fc from 'fast-check';

import { ObjectStore } from '../store/object-store.js';
import { asNew, ClusterView } from './cluster-view.js';
import { startControllers, type Controllers } from './controllers.js';
import type { Deployment, StatefulSet } from './kinds.js';
import { podSpec } from './testing/virtual-cluster.js';
import { VirtualClock } from './testing/virtual-clock.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(60_000);

const IMAGES = [
  'x/app:1',
  'x/app:2',
  'x/never-ready:1',
  'x/crash:1',
  'x/pull-fail:1',
  'x/slow-start:1',
  'x/hang-termination:1',
] as const;

type Deed =
  | { kind: 'scale'; replicas: number }
  | { kind: 'image'; image: string }
  | { kind: 'pause'; paused: boolean }
  | { kind: 'kill'; nth: number }
  | { kind: 'restart' }
  | { kind: 'wait'; ms: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ kind: fc.constant('image' as const), image: fc.constantFrom(...IMAGES) }),
  fc.record({ kind: fc.constant('pause' as const), paused: fc.boolean() }),
  fc.record({ kind: fc.constant('kill' as const), nth: fc.nat(10) }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
);

/** A cluster that may be stopped and started at any moment, with one workload of three pods. */
class Trial {
  readonly clock = new VirtualClock();
  readonly store = new ObjectStore({ now: () => new Date(this.clock.now()) });
  readonly view = new ClusterView(this.store);
  readonly faults: unknown[] = [];
  private controllers: Controllers;

  constructor(private readonly key: 'apps/deployments' | 'apps/statefulsets') {
    const spec = {
      replicas: 3,
      selector: { matchLabels: { app: 'w' } },
      template: { metadata: { labels: { app: 'w' } }, spec: podSpec('x/app:1') },
      ...(key === 'apps/statefulsets'
        ? { podManagementPolicy: 'Parallel', volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] }
        : { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }),
    };
    this.store.create('/namespaces', asNew({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } }));
    const kind = key === 'apps/deployments' ? 'Deployment' : 'StatefulSet';
    this.store.create(key, asNew({ apiVersion: 'apps/v1', kind, metadata: { name: 'w', namespace: 'ns' }, spec }));
    this.controllers = this.start();
  }

  async do(one: Deed): Promise<void> {
    if (one.kind === 'scale') this.edit((spec) => ({ ...spec, replicas: one.replicas }));
    else if (one.kind === 'image')
      this.edit((spec) => ({ ...spec, template: { ...spec.template, spec: podSpec(one.image) } }));
    else if (one.kind === 'pause') this.edit((spec) => ({ ...spec, paused: one.paused }));
    else if (one.kind === 'wait') this.clock.advance(one.ms);
    else if (one.kind === 'restart') await this.restart();
    else this.kill(one.nth);
  }

  /** Asks for something that can be had, and gives it time. */
  async settle(): Promise<void> {
    this.edit((spec) => ({
      ...spec,
      replicas: 3,
      paused: false,
      template: { ...spec.template, spec: podSpec('x/app:9') },
    }));
    this.clock.advance(120_000);
    await this.controllers.stop();
  }

  get workload(): Deployment | StatefulSet {
    const found = this.view.get(this.key, 'ns', 'w');
    if (found === undefined) throw new Error('the workload is gone');
    return found;
  }

  get pods(): string[] {
    return this.view.list('/pods', 'ns').map((pod) => `${pod.spec.containers[0]?.image} ${pod.status?.phase}`);
  }

  private start(): Controllers {
    return startControllers(this.store, { clock: this.clock, report: (error) => this.faults.push(error) });
  }

  private async restart(): Promise<void> {
    await this.controllers.stop();
    this.controllers = this.start();
  }

  private edit(change: (spec: Deployment['spec']) => object): void {
    this.store.update(this.key, { ...this.workload, spec: change(this.workload.spec) });
  }

  private kill(nth: number): void {
    const pods = this.view.list('/pods', 'ns');
    const pod = pods[nth % Math.max(1, pods.length)];
    if (pod !== undefined) this.view.delete('/pods', pod);
  }
}

describe.each(['apps/deployments', 'apps/statefulsets'] as const)('whatever happens to one of %s', (key) => {
  it('comes to what is asked for in the end, and leaves nothing over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 25 }), async (deeds) => {
        const trial = new Trial(key);
        for (const one of deeds) await trial.do(one);
        await trial.settle();
        expect(trial.pods).toEqual(Array.from({ length: 3 }, () => 'x/app:9 Running'));
        expect(trial.workload.status).toMatchObject({
          replicas: 3,
          readyReplicas: 3,
          updatedReplicas: 3,
          availableReplicas: 3,
        });
        expect([trial.faults, trial.clock.waiting]).toEqual([[], 0]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('whatever the size and the bounds of a rollout', () => {
  it('there are never more pods than the surge allows, nor fewer available than must be', async () => {
    const bound = fc.integer({ min: 0, max: 3 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), bound, bound, async (replicas, maxSurge, maxUnavailable) => {
        const trial = new Trial('apps/deployments');
        await trial.do({ kind: 'scale', replicas });
        trial.store.update('apps/deployments', {
          ...trial.workload,
          spec: {
            ...trial.workload.spec,
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
          },
        });
        trial.clock.advance(5000);
        await trial.do({ kind: 'image', image: 'x/app:2' });
        const absent = maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable;
        for (let i = 0; i < 200; i += 1) {
          trial.clock.advance(5);
          const sets = trial.view.list('apps/replicasets', 'ns');
          const asked = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
          const available = sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
          expect(asked).toBeLessThanOrEqual(replicas + maxSurge);
          expect(available).toBeGreaterThanOrEqual(replicas - absent);
        }
        await trial.settle();
      }),
      { numRuns: 40 },
    );
  });
});
