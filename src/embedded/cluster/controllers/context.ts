import type { KubeObject } from '../store/kube-object.js';
import type { ClusterView, Draft } from './cluster-view.js';
import type { ControllerClock } from './controller-clock.js';
import type { EventRecorder } from './event-recorder.js';
import type { Timing } from './timing.js';

/** What every controller works with. */
export interface Context {
  readonly view: ClusterView;
  readonly clock: ControllerClock;
  readonly timing: Timing;
  readonly events: EventRecorder;
  /** Puts a pod through admission. Throws StatusError, 403 where quota or Pod Security refuse it. */
  createPod(pod: Draft): KubeObject;
}
