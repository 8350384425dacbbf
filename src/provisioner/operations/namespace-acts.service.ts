import { Injectable } from '@nestjs/common';
import { type ObjectReference, referenceOf } from '../../kubernetes/kubernetes-object.js';
import type { CallOptions } from '../../kubernetes/helm.client.js';
import { KubectlClient, type KubectlResult } from '../../kubernetes/kubectl.client.js';
import { ObjectClient } from '../../kubernetes/object.client.js';
import { secretData } from '../instances/instance-values.js';
import { ownerOf } from '../instances/instance-spec.service.js';
import { unseal } from '../instances/sealed-secrets.js';
import { ProvisionerConfig } from '../provisioner.config.js';
import { guardObjects, type GuardSubject, namespaceObject, secretName, secretObject } from './guards.js';
import { type ObservedWorkload, workloadKey } from './observed.js';
import { type ActResult, done } from './release-acts.service.js';
import { stuckPods } from './stuck-pods.js';
import type { WorkOrder } from './work-order.js';

/** What operations do in an instance's namespace beside helm: guards and secrets in process, workloads with kubectl. */
@Injectable()
export class NamespaceActs {
  constructor(
    private readonly objects: ObjectClient,
    private readonly kubectl: KubectlClient,
    private readonly config: ProvisionerConfig,
  ) {}

  /** The namespace, what guards it, and the Secret that the chart's pods read. */
  async prepare(order: WorkOrder, sealed: string | null, signal: AbortSignal): Promise<ActResult> {
    const subject = guardSubject(order);
    const options = { force: true, signal };
    await this.objects.apply(namespaceObject(subject), options);
    const objects = guardObjects(subject);
    if (sealed !== null) {
      const secrets = unseal(sealed, ownerOf(order.tenant.id, order.instance.name), this.config.encryptionKeys);
      objects.push(secretObject(subject, secretData(secrets)));
    } else if (order.operation.kind !== 'create') {
      await this.objects.delete(secretReference(order), { signal });
    }
    await Promise.all(objects.map((object) => this.objects.apply(object, options)));
    return done;
  }

  /** Takes every workload to zero, suspends what is scheduled. */
  async scaleDown(order: WorkOrder, workloads: readonly ObservedWorkload[], options: CallOptions): Promise<ActResult> {
    for (const workload of inOrder(workloads, order.blueprint.start_order).toReversed()) {
      if (workload.replicas === 0) continue;
      const result = await this.setReplicas(order.instance.namespace, workload, 0, options);
      if (!result.ok) return failed(result);
    }
    return done;
  }

  /** Gives back what a stop took. @param remembered replicas by `<kind>/<name>` */
  async scaleUp(
    order: WorkOrder,
    workloads: readonly ObservedWorkload[],
    remembered: Readonly<Record<string, number>>,
    options: CallOptions,
  ): Promise<ActResult> {
    for (const workload of inOrder(workloads, order.blueprint.start_order)) {
      const replicas = remembered[workloadKey(workload)] ?? 0;
      if (workload.replicas > 0 || replicas === 0) continue;
      const result = await this.setReplicas(order.instance.namespace, workload, replicas, options);
      if (!result.ok) return failed(result);
    }
    return done;
  }

  async restart(order: WorkOrder, workloads: readonly ObservedWorkload[], options: CallOptions): Promise<ActResult> {
    for (const { kind, name } of inOrder(workloads, order.blueprint.start_order)) {
      if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') continue;
      const result = await this.kubectl.restart({ namespace: order.instance.namespace, kind, name }, options);
      if (!result.ok) return failed(result);
    }
    return done;
  }

  /** Deletes the pods that keep StatefulSets from a corrected revision; others are replaced by their controllers. */
  async replaceStuckPods(order: WorkOrder, workloads: readonly ObservedWorkload[], signal: AbortSignal): Promise<void> {
    const { namespace } = order.instance;
    const waiting = workloads.filter(({ kind, readiness }) => kind === 'StatefulSet' && readiness.state !== 'current');
    if (waiting.length === 0) return;
    const pods = await this.objects.list({ apiVersion: 'v1', kind: 'Pod', namespace, signal });
    for (const { kind, name } of waiting) {
      const live = await this.objects.get({ apiVersion: 'apps/v1', kind, name, namespace }, signal);
      for (const pod of live === undefined ? [] : stuckPods(live, pods)) {
        await this.objects.delete(referenceOf(pod), { uid: pod.metadata.uid, signal });
      }
    }
  }

  async deleteNamespace(order: WorkOrder, options: CallOptions): Promise<ActResult> {
    const result = await this.kubectl.deleteNamespace(order.instance.namespace, options);
    return result.ok ? done : failed(result);
  }

  /** What an uninstall that keeps the data takes away beside the release: the secret, and the guards. */
  async clear(order: WorkOrder, signal: AbortSignal): Promise<ActResult> {
    const references = [...guardObjects(guardSubject(order)).map(referenceOf), secretReference(order)];
    await Promise.all(references.map((reference) => this.objects.delete(reference, { signal })));
    return done;
  }

  private setReplicas(
    namespace: string,
    workload: ObservedWorkload,
    replicas: number,
    options: CallOptions,
  ): Promise<KubectlResult> {
    const { kind, name } = workload;
    if (kind === 'CronJob') {
      const target = { namespace, kind, name } as const;
      return replicas === 0 ? this.kubectl.suspend(target, options) : this.kubectl.resume(target, options);
    }
    if (kind !== 'Deployment' && kind !== 'StatefulSet') return Promise.resolve({ ok: true, stdout: '' });
    return this.kubectl.scale({ namespace, kind, name }, replicas, options);
  }
}

/** Supporting workloads first, as the blueprint names them; the others after them. */
function inOrder(workloads: readonly ObservedWorkload[], startOrder: readonly string[]): ObservedWorkload[] {
  const rank = (workload: ObservedWorkload): number => {
    const index = startOrder.indexOf(workload.name);
    return index < 0 ? startOrder.length : index;
  };
  return workloads.toSorted((a, b) => rank(a) - rank(b));
}

function guardSubject({ instance, tenant, blueprint }: WorkOrder): GuardSubject {
  return { instanceId: instance.id, tenantId: tenant.id, namespace: instance.namespace, plan: tenant.plan, blueprint };
}

function secretReference({ instance }: WorkOrder): ObjectReference {
  return { apiVersion: 'v1', kind: 'Secret', name: secretName, namespace: instance.namespace };
}

function failed(result: KubectlResult & { ok: false }): ActResult {
  const { code, message, retryable, next_action } = result.failure;
  return { ok: false, failure: { code, message, retryable, next_action } };
}
