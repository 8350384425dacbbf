import type { StoreEvent } from '../../store/object-store.js';
import { isOf } from '../cluster-view.js';
import type { Context } from '../context.js';
import { itself, type Controller, type Enqueue, type ObjectId, type Requeue } from '../controller.js';
import type { Occurrence } from '../event-object.js';
import type { StorageClass, Volume, VolumeClaim } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import { isFinished } from '../pods.js';
import { SELECTED_NODE } from '../scheduling/claims-verdict.js';
import { claimNamesOf } from './pod-claims.js';
import { classOf, PROVISIONER } from './storage-classes.js';
import {
  boundClaim,
  CLAIM_PROTECTION,
  expandedVolume,
  fittingVolume,
  provisionedVolume,
  withClaim,
} from './volumes.js';

const KEY = '/persistentvolumeclaims';
const VOLUMES = '/persistentvolumes';
const SOURCE = 'persistentvolume-controller';

/** Binds claims to volumes, makes the volumes of the pretended storage class, and keeps used claims from going. */
export class VolumeClaimController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'] = {
    [KEY]: itself,
    [VOLUMES]: (event, enqueue) => this.volumeChanged(event, enqueue),
    '/pods': (event, enqueue) => podLeft(event, enqueue),
  };
  /** by uid: when the volume that is being made will be there */
  private readonly provisioning = new Map<string, number>();
  /** names of volumes that no claim is bound to: mostly none, so that nobody has to look through all volumes */
  private readonly free = new Set<string>();

  constructor(private readonly context: Context) {}

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const { view } = this.context;
    const found = view.get(KEY, namespace, name);
    if (found === undefined) return;
    if (isTerminating(found)) {
      this.letGoWhenUnused(found);
      return;
    }
    const claim = this.protect(found);
    if (claim.spec.volumeName !== undefined) this.follow(claim, claim.spec.volumeName);
    else this.bind(claim, requeue);
  }

  private protect(claim: VolumeClaim): VolumeClaim {
    const { finalizers = [] } = claim.metadata;
    const protectedClaim = finalizers.includes(CLAIM_PROTECTION) ? finalizers : [...finalizers, CLAIM_PROTECTION];
    const storageClassName = claim.spec.storageClassName ?? classOf(claim, this.context.view)?.metadata.name;
    return this.context.view.update(KEY, {
      ...claim,
      metadata: { ...claim.metadata, finalizers: protectedClaim },
      spec: storageClassName === undefined ? claim.spec : { ...claim.spec, storageClassName },
      status: { phase: 'Pending', ...claim.status },
    });
  }

  /** A claim that names its volume is bound to it, or lost when the volume is gone. */
  private follow(claim: VolumeClaim, volumeName: string): void {
    const { view } = this.context;
    const volume = view.get(VOLUMES, undefined, volumeName);
    if (volume === undefined) {
      if (claim.status?.phase === 'Bound') view.setStatus(KEY, claim, { ...claim.status, phase: 'Lost' });
      return;
    }
    const owner = volume.spec.claimRef?.uid;
    if (owner !== undefined && owner !== claim.metadata.uid) return;
    const expands = classOf(claim, view)?.allowVolumeExpansion === true;
    const sized = expands ? view.update(VOLUMES, expandedVolume(volume, claim)) : volume;
    this.complete(claim, sized);
  }

  private bind(claim: VolumeClaim, requeue: Requeue): void {
    const { view } = this.context;
    const free = [...this.free].sort().flatMap((name) => view.get(VOLUMES, undefined, name) ?? []);
    const existing = fittingVolume(free, claim);
    if (existing !== undefined) {
      this.complete(claim, existing);
      return;
    }
    const storageClass = classOf(claim, view);
    const obstacle = obstacleOf(claim, storageClass);
    if (obstacle !== undefined) this.context.events.record(SOURCE, claim, obstacle);
    else if (storageClass !== undefined) this.provision(claim, storageClass, requeue);
  }

  private provision(claim: VolumeClaim, storageClass: StorageClass, requeue: Requeue): void {
    const { view, clock, timing, events } = this.context;
    const { uid } = claim.metadata;
    const due = this.provisioning.get(uid) ?? clock.now() + timing.provisionMs;
    this.provisioning.set(uid, due);
    if (due > clock.now()) {
      requeue.after(due - clock.now());
      return;
    }
    this.provisioning.delete(uid);
    const draft = provisionedVolume(claim, storageClass, claim.metadata.annotations?.[SELECTED_NODE]);
    const volume = view.get(VOLUMES, undefined, draft.metadata.name ?? '') ?? view.create(VOLUMES, draft);
    const message = `Successfully provisioned volume ${volume.metadata.name}`;
    events.record(storageClass.provisioner, claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message });
    this.complete(claim, volume);
  }

  private complete(claim: VolumeClaim, volume: Volume): void {
    const { view, clock } = this.context;
    const since =
      volume.status?.phase === 'Bound' ? volume.status : { phase: 'Bound', lastPhaseTransitionTime: clock.timestamp() };
    view.update(VOLUMES, { ...withClaim(volume, claim), status: since });
    view.update(KEY, boundClaim(claim, volume));
  }

  private letGoWhenUnused(claim: VolumeClaim): void {
    const { view } = this.context;
    const { namespace, name, uid, finalizers = [] } = claim.metadata;
    this.provisioning.delete(uid);
    if (!finalizers.includes(CLAIM_PROTECTION)) return;
    const users = view.list('/pods', namespace).filter((pod) => !isFinished(pod) && claimNamesOf(pod).includes(name));
    if (users.length > 0) return;
    const left = finalizers.filter((finalizer) => finalizer !== CLAIM_PROTECTION);
    view.update(KEY, { ...claim, metadata: { ...claim.metadata, finalizers: left } });
  }

  private volumeChanged({ object, type }: StoreEvent, enqueue: Enqueue): void {
    if (!isOf(VOLUMES, object)) return;
    if (type === 'DELETED' || object.status?.phase === 'Bound') this.free.delete(object.metadata.name);
    else this.free.add(object.metadata.name);
    const { namespace, name } = object.spec.claimRef ?? {};
    if (name !== undefined) enqueue({ namespace, name });
    else if (type !== 'DELETED' && object.status?.phase === 'Available') {
      for (const claim of this.context.view.list(KEY)) {
        if (claim.status?.phase !== 'Bound')
          enqueue({ namespace: claim.metadata.namespace, name: claim.metadata.name });
      }
    }
  }
}

/** Why no volume can be made for the claim now, as it is told; undefined when one can. */
function obstacleOf(claim: VolumeClaim, storageClass: StorageClass | undefined): Occurrence | undefined {
  const asked = claim.spec.storageClassName;
  if (storageClass === undefined) {
    if (asked === undefined || asked === '') {
      return {
        type: 'Normal',
        reason: 'FailedBinding',
        message: 'no persistent volumes available for this claim and no storage class is set',
      };
    }
    return {
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: `storageclass.storage.k8s.io "${asked}" not found`,
    };
  }
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (waits && claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
    return {
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
    };
  }
  const { provisioner } = storageClass;
  if (provisioner === PROVISIONER) return undefined;
  const advice =
    'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ${advice}`;
  return { type: 'Normal', reason: 'ExternalProvisioning', message };
}

/** A claim in use is let go when its last pod is over. */
function podLeft({ type, object }: StoreEvent, enqueue: Enqueue): void {
  if (!isOf('/pods', object) || (type !== 'DELETED' && !isFinished(object))) return;
  for (const name of claimNamesOf(object)) enqueue({ namespace: object.metadata.namespace, name });
}
