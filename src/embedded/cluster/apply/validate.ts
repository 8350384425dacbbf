import type { JsonObject } from './json.js';
import { splitApiVersion } from './schema.js';
import { type Check, partOf, textOf } from './validation/checks.js';
import { checkConfigMap, checkLimitRange, checkResourceQuota, checkSecret } from './validation/configuration.js';
import { type FieldFault, refused } from './validation/fault.js';
import { checkCronJob, checkJob } from './validation/jobs.js';
import { checkMetadata } from './validation/metadata.js';
import { checkIngress, checkNetworkPolicy } from './validation/networking.js';
import { checkPodSpec } from './validation/pod-spec.js';
import { checkClusterRole, checkClusterRoleBinding, checkRole, checkRoleBinding } from './validation/rbac.js';
import { checkBudget, checkScaler } from './validation/scaling.js';
import { checkService } from './validation/services.js';
import {
  checkClaim,
  checkEndpointSlice,
  checkIngressClass,
  checkLease,
  checkStorageClass,
  checkVolume,
} from './validation/storage.js';
import { checkDaemonSet, checkDeployment, checkReplicaSet, checkStatefulSet } from './validation/workloads.js';

const CHECKS: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    'v1/ConfigMap': checkConfigMap,
    'v1/LimitRange': checkLimitRange,
    'v1/PersistentVolume': checkVolume,
    'v1/PersistentVolumeClaim': checkClaim,
    'v1/Pod': (pod, _at, faults) => checkPodSpec(partOf(pod, 'spec'), 'spec', faults),
    'v1/ResourceQuota': checkResourceQuota,
    'v1/Secret': checkSecret,
    'v1/Service': checkService,
    'apps/v1/DaemonSet': checkDaemonSet,
    'apps/v1/Deployment': checkDeployment,
    'apps/v1/ReplicaSet': checkReplicaSet,
    'apps/v1/StatefulSet': checkStatefulSet,
    'autoscaling/v2/HorizontalPodAutoscaler': checkScaler,
    'batch/v1/CronJob': checkCronJob,
    'batch/v1/Job': checkJob,
    'coordination.k8s.io/v1/Lease': checkLease,
    'discovery.k8s.io/v1/EndpointSlice': checkEndpointSlice,
    'networking.k8s.io/v1/Ingress': checkIngress,
    'networking.k8s.io/v1/IngressClass': checkIngressClass,
    'networking.k8s.io/v1/NetworkPolicy': checkNetworkPolicy,
    'policy/v1/PodDisruptionBudget': checkBudget,
    'rbac.authorization.k8s.io/v1/ClusterRole': checkClusterRole,
    'rbac.authorization.k8s.io/v1/ClusterRoleBinding': checkClusterRoleBinding,
    'rbac.authorization.k8s.io/v1/Role': checkRole,
    'rbac.authorization.k8s.io/v1/RoleBinding': checkRoleBinding,
    'storage.k8s.io/v1/StorageClass': checkStorageClass,
  } satisfies Record<string, Check>),
);

/**
 * Checks the content of a new or changed object that has its defaults and, for a Job, its selector. Throws StatusError
 * 422 that names every fault at once.
 */
export function validateObject(apiVersion: string, kind: string, object: JsonObject): void {
  const faults = objectFaults(apiVersion, kind, object);
  if (faults.length === 0) return;
  const { group } = splitApiVersion(apiVersion);
  throw refused({ group, kind, name: textOf(partOf(object, 'metadata'), 'name') }, faults);
}

/** Every fault of an object's content, metadata first. */
export function objectFaults(apiVersion: string, kind: string, object: JsonObject): FieldFault[] {
  const faults: FieldFault[] = [];
  const id = `${apiVersion}/${kind}`;
  checkMetadata(id, object, faults);
  CHECKS.get(id)?.(object, '', faults);
  return faults;
}
