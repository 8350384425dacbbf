import { conditionOf } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { ContainerStatus, PodSpec, PodStatus } from '../pod-kinds.js';
import { barePod, podSpec, VirtualCluster } from './virtual-cluster.js';

/** A cluster with one pod, `p`, of which a test watches the first container. */
export class OnePod extends VirtualCluster {
  run(image: string, more: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): void {
    this.add('/pods', barePod('p', podSpec(image, more), { annotations }));
  }

  get status(): PodStatus | undefined {
    return this.get('/pods', 'p').status;
  }

  get container(): ContainerStatus | undefined {
    return this.status?.containerStatuses?.[0];
  }

  condition(type: string): Condition | undefined {
    return conditionOf(this.status?.conditions, type);
  }

  /** What `kubectl get pods` would show of the container. */
  get word(): string {
    const { waiting, running, terminated } = this.container?.state ?? {};
    return waiting?.reason ?? terminated?.reason ?? (running === undefined ? 'nothing' : 'running');
  }

  /** The different values that a look gives over some time, every 5 ms. */
  history<T>(ms: number, look: () => T): T[] {
    const seen: T[] = [];
    for (let passed = 0; passed <= ms; passed += 5) {
      const value = look();
      if (seen.length === 0 || JSON.stringify(seen.at(-1)) !== JSON.stringify(value)) seen.push(value);
      this.pass(5);
    }
    return seen;
  }
}
