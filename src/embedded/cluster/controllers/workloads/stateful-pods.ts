import type { Draft } from '../cluster-view.js';
import type { ControllerRevision, StatefulSet, VolumeClaim } from '../kinds.js';
import type { OwnerReference } from '../../store/kube-object.js';
import { podFromTemplate } from '../owned-pods.js';
import { controllerReference } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { CLAIM_PROTECTION } from '../storage/volumes.js';
import { templateOf } from './revisions.js';
import { REVISION_LABEL } from './stateful-set-decisions.js';

/** The pod of an ordinal in a revision: a stable name, a stable host name and its own claims. */
export function statefulPod(set: StatefulSet, ordinal: number, revision: ControllerRevision): Draft {
  const template = templateOf(revision) ?? set.spec.template;
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const claimed = new Set(claims.map((volume) => volume.name));
  const volumes = [...claims, ...(template.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name))];
  const spec = {
    ...template.spec,
    hostname: name,
    ...(set.spec.serviceName === undefined || set.spec.serviceName === '' ? {} : { subdomain: set.spec.serviceName }),
    ...(volumes.length > 0 ? { volumes } : {}),
  };
  const labels = {
    'apps.kubernetes.io/pod-index': String(ordinal),
    [REVISION_LABEL]: revision.metadata.name,
    'statefulset.kubernetes.io/pod-name': name,
  };
  return podFromTemplate(set, { ...template, spec }, { name, generateName: `${set.metadata.name}-`, labels });
}

export function claimName(template: VolumeClaim, podName: string): string {
  return `${template.metadata.name}-${podName}`;
}

/** The claims of a pod of the set, by name. */
export function claimDrafts(set: StatefulSet, podName: string): Draft[] {
  const { namespace } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(template, podName),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      finalizers: [CLAIM_PROTECTION],
    },
    spec: template.spec,
    status: { phase: 'Pending' },
  }));
}

/** Whom a claim belongs to by the set's retention policy: nobody, the set, or a pod that is scaled away. */
export function claimOwner(set: StatefulSet, pod: Pod | undefined, condemned: boolean): OwnerReference | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (condemned && whenScaled === 'Delete' && pod !== undefined) {
    const { name, uid } = pod.metadata;
    return { apiVersion: 'v1', kind: 'Pod', name, uid, blockOwnerDeletion: true, controller: true };
  }
  return whenDeleted === 'Delete' ? controllerReference(set) : undefined;
}
