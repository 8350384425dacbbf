import { claim } from '../claims.js';
import { conditionOf } from '../conditions.js';
import type { Context } from '../context.js';
import { itself, type Controller, type Enqueue, type ObjectId, type Requeue } from '../controller.js';
import type { StoreEvent } from '../../store/object-store.js';
import { StatusError } from '../../store/status-error.js';
import type { Condition } from '../common-kinds.js';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../kinds.js';
import { controllerOf, isControlledBy, isTerminating } from '../ownership.js';
import { ownerOf } from '../owner-watch.js';
import { isFinished } from '../pods.js';
import { allowedSize, beyondHistory, recreateScales, rollingScales, sizeOf, type Scale } from './deployment-rollout.js';
import { isScaling, scalingScales } from './deployment-scaling.js';
import {
  isRolling,
  newReplicaSet,
  nextRevision,
  refreshedSet,
  REVISION,
  revisionOf,
  scaledSet,
  splitSets,
} from './deployment-sets.js';
import {
  countStatus,
  deadlineIn,
  isComplete,
  pauseVerdict,
  progressDeadline,
  rolloutStatus,
  tell,
} from './deployment-status.js';

const KEY = 'apps/deployments';
const SETS = 'apps/replicasets';
const SOURCE = 'deployment-controller';

/** What is seen of a Deployment at one moment. */
interface Seen {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** Moves a Deployment's pods from the ReplicaSets of earlier templates to the one of the present template. */
export class DeploymentController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];

  constructor(private readonly context: Context) {
    this.watches = {
      [KEY]: itself,
      [SETS]: ownerOf(context.view, KEY, 'Deployment'),
      '/pods': (event, enqueue) => this.podGone(event, enqueue),
    };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    this.tellPause(namespace, name);
    const deployment = this.context.view.get(KEY, namespace, name);
    if (deployment === undefined) return;
    const first = this.see(deployment);
    if (isTerminating(deployment)) {
      this.writeStatus(first, countStatus(deployment, first.current, first.sets, this.context.clock.timestamp()));
      return;
    }
    const paused = deployment.spec.paused === true;
    if (paused || isScaling(deployment, first.sets)) {
      this.applyScales(deployment, scalingScales(deployment, first.current, first.old));
      this.finish(this.seeAgain(first), paused);
      return;
    }
    const ready = this.ensureCurrent(first);
    const left = this.oldPodsLeft(ready);
    const scales =
      ready.current !== undefined && isRolling(deployment)
        ? rollingScales(deployment, ready.current, ready.old)
        : recreateScales(deployment, ready.current, ready.old, left);
    this.applyScales(deployment, scales);
    this.roll(this.seeAgain(ready), scales.length > 0, requeue);
  }

  private see(deployment: Deployment): Seen {
    const sets = claim(this.context.view, SETS, deployment);
    return { deployment, sets, ...splitSets(deployment, sets) };
  }

  private seeAgain({ deployment }: Seen): Seen {
    const { namespace, name } = deployment.metadata;
    return this.see(this.context.view.get(KEY, namespace, name) ?? deployment);
  }

  /** A Deployment that recreates waits for the last old pod, which no ReplicaSet counts any more. */
  private podGone(event: StoreEvent, enqueue: Enqueue): void {
    const owner = controllerOf(event.object);
    if (owner?.kind !== 'ReplicaSet' || (event.type !== 'DELETED' && !isTerminating(event.object))) return;
    const { namespace } = event.object.metadata;
    const set = this.context.view.get(SETS, namespace, owner.name);
    const parent = set === undefined ? undefined : controllerOf(set);
    if (parent?.kind === 'Deployment') enqueue({ namespace, name: parent.name });
  }

  /** The ReplicaSet of the present template exists, unless old pods must go first, and has the newest revision. */
  private ensureCurrent(seen: Seen): Seen {
    const { deployment, current, old } = seen;
    const revision = nextRevision(old);
    if (current !== undefined) {
      const refreshed = this.context.view.update(SETS, refreshedSet(deployment, current, revision));
      this.note(
        deployment,
        refreshed,
        'FoundNewReplicaSet',
        `Found new replica set "${refreshed.metadata.name}"`,
        false,
      );
      return this.seeAgain(seen);
    }
    if (!isRolling(deployment) && (old.some((set) => sizeOf(set) > 0) || this.oldPodsLeft(seen))) return seen;
    this.createCurrent(seen, revision);
    return this.seeAgain(seen);
  }

  private createCurrent({ deployment, old }: Seen, revision: number): void {
    const replicas = allowedSize(deployment, undefined, old);
    const draft = newReplicaSet(deployment, revision, replicas);
    try {
      const created = this.context.view.create(SETS, draft);
      const { name } = created.metadata;
      if (replicas > 0) this.tellScaled(deployment, `Scaled up replica set ${name} from 0 to ${replicas}`);
      this.note(deployment, created, 'NewReplicaSetCreated', `Created new replica set "${name}"`, true);
    } catch (error) {
      this.refused(deployment, draft.metadata.name ?? '', error);
      throw error;
    }
  }

  /** A ReplicaSet could not be made: a name taken by another counts as a collision, the rest is told. */
  private refused(deployment: Deployment, name: string, error: unknown): void {
    const { view, clock, events } = this.context;
    const status = deployment.status ?? {};
    if (error instanceof StatusError && error.reason === 'AlreadyExists') {
      view.setStatus(KEY, deployment, { ...status, collisionCount: (status.collisionCount ?? 0) + 1 });
      return;
    }
    const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : String(error)}`;
    const verdict = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message } as const;
    view.setStatus(KEY, deployment, {
      ...status,
      conditions: tell(status.conditions ?? [], verdict, clock.timestamp()),
    });
    events.record(SOURCE, deployment, { type: 'Warning', reason: 'ReplicaSetCreateError', message });
  }

  /** Writes the revision and, with a deadline, the first word on the progress. */
  private note(deployment: Deployment, set: ReplicaSet, reason: string, message: string, fresh: boolean): void {
    const revision = set.metadata.annotations?.[REVISION] ?? '';
    const conditions = deployment.status?.conditions ?? [];
    const silent =
      progressDeadline(deployment) === undefined || (!fresh && conditionOf(conditions, 'Progressing') !== undefined);
    if (silent && deployment.metadata.annotations?.[REVISION] === revision) return;
    const verdict = { type: 'Progressing', status: 'True', reason, message } as const;
    const told: Condition[] = silent ? [...conditions] : tell(conditions, verdict, this.context.clock.timestamp());
    this.context.view.update(KEY, {
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } },
      status: { ...deployment.status, ...(told.length > 0 ? { conditions: told } : {}) },
    });
  }

  private oldPodsLeft({ deployment, old }: Seen): boolean {
    if (isRolling(deployment)) return false;
    const pods = this.context.view.list('/pods', deployment.metadata.namespace);
    return pods.some((pod) => !isFinished(pod) && old.some((set) => isControlledBy(pod, set)));
  }

  private applyScales(deployment: Deployment, scales: readonly Scale[]): void {
    for (const { set, to } of scales) {
      const from = sizeOf(set);
      this.context.view.update(SETS, scaledSet(deployment, set, to));
      if (from === to) continue;
      const direction = to > from ? 'up' : 'down';
      this.tellScaled(deployment, `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`);
    }
  }

  private tellScaled(deployment: Deployment, message: string): void {
    this.context.events.record(SOURCE, deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  }

  private roll(seen: Seen, moved: boolean, requeue: Requeue): void {
    const { deployment, current, sets } = seen;
    const status = rolloutStatus(deployment, current, sets, this.context.clock);
    if (!moved && isComplete(deployment, status)) this.cleanUp(seen);
    this.writeStatus(seen, status);
    const wait = deadlineIn(deployment, status, this.context.clock);
    if (wait !== undefined) requeue.after(wait, { background: true });
  }

  private finish(seen: Seen, paused: boolean): void {
    const { deployment, current, sets } = seen;
    if (paused) this.cleanUp(seen);
    this.writeStatus(seen, countStatus(deployment, current, sets, this.context.clock.timestamp()));
  }

  private tellPause(namespace: string | undefined, name: string): void {
    const deployment = this.context.view.get(KEY, namespace, name);
    const verdict = deployment === undefined ? undefined : pauseVerdict(deployment);
    if (deployment === undefined || verdict === undefined) return;
    const conditions = tell(deployment.status?.conditions ?? [], verdict, this.context.clock.timestamp());
    this.context.view.setStatus(KEY, deployment, { ...deployment.status, conditions });
  }

  private cleanUp({ deployment, old }: Seen): void {
    for (const set of beyondHistory(deployment, old, revisionOf)) this.context.view.delete(SETS, set);
  }

  private writeStatus({ deployment }: Seen, status: DeploymentStatus): void {
    this.context.view.setStatus(KEY, deployment, status);
  }
}
