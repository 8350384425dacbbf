import type { StoreEvent } from '../../store/object-store.js';
import { isOf } from '../cluster-view.js';
import type { Context } from '../context.js';
import { itself, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import type { Volume } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import { VOLUME_PROTECTION } from './volumes.js';

const KEY = '/persistentvolumes';

/** Gives volumes their phase, reclaims those whose claim is gone, and keeps bound ones from going. */
export class VolumeReclaimController implements Controller {
  readonly name = 'persistentvolume-reclaimer';
  readonly watches: Controller['watches'] = { [KEY]: itself, '/persistentvolumeclaims': claimGone };

  constructor(private readonly context: Context) {}

  reconcile({ name }: ObjectId): void {
    const { view, clock } = this.context;
    const volume = view.get(KEY, undefined, name);
    if (volume === undefined) return;
    const phase = this.phaseOf(volume);
    if (isTerminating(volume)) {
      if (phase !== 'Bound') view.update(KEY, unprotected(volume));
      return;
    }
    const current = withPhase(withProtection(volume), phase, clock.timestamp());
    view.update(KEY, current);
    if (phase === 'Released' && volume.spec.persistentVolumeReclaimPolicy === 'Delete') view.delete(KEY, volume);
  }

  private phaseOf({ spec, status }: Volume): string {
    const { claimRef } = spec;
    if (claimRef?.uid === undefined) return 'Available';
    const claim = this.context.view.get('/persistentvolumeclaims', claimRef.namespace, claimRef.name ?? '');
    if (claim?.metadata.uid !== claimRef.uid) return 'Released';
    return claim.spec.volumeName === undefined ? (status?.phase ?? 'Pending') : 'Bound';
  }
}

function withPhase(volume: Volume, phase: string, now: string): Volume {
  return volume.status?.phase === phase ? volume : { ...volume, status: { phase, lastPhaseTransitionTime: now } };
}

function withProtection(volume: Volume): Volume {
  const { finalizers = [] } = volume.metadata;
  if (finalizers.includes(VOLUME_PROTECTION)) return volume;
  return { ...volume, metadata: { ...volume.metadata, finalizers: [...finalizers, VOLUME_PROTECTION] } };
}

function unprotected(volume: Volume): Volume {
  const finalizers = (volume.metadata.finalizers ?? []).filter((name) => name !== VOLUME_PROTECTION);
  return { ...volume, metadata: { ...volume.metadata, finalizers } };
}

function claimGone({ type, object }: StoreEvent, enqueue: Enqueue): void {
  if (type !== 'DELETED' || !isOf('/persistentvolumeclaims', object) || object.spec.volumeName === undefined) return;
  enqueue({ namespace: undefined, name: object.spec.volumeName });
}
