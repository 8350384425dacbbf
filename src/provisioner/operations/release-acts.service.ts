import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { type CallOptions, HelmClient, type HelmResult } from '../../kubernetes/helm.client.js';
import { killGroup, mayStillRun } from '../../kubernetes/process-group.js';
import { ReleaseClient } from '../../kubernetes/release.client.js';
import { Clock } from '../../platform/clock.js';
import { ChartPaths } from '../blueprints/chart-paths.service.js';
import { hostOf, withHost } from '../instances/hostname.js';
import { type ChartContext, chartValues, mergeValues } from '../instances/instance-values.js';
import { InstanceSpecService } from '../instances/instance-spec.service.js';
import type { JsonObject } from '../instances/json-pointer.js';
import { ProvisionerConfig } from '../provisioner.config.js';
import { instanceLabel, operationLabel, secretName } from './guards.js';
import { failing } from './operation-failure.js';
import type { OperationError } from './operation.js';
import type { WorkOrder } from './work-order.js';

/** What came of an act. A failure is the cluster's or the program's word; what else goes wrong is thrown. */
export type ActResult = { readonly ok: true } | { readonly ok: false; readonly failure: OperationError };

export const done: ActResult = { ok: true };

/** How long helm may wait for each hook. */
const hookTimeoutSeconds = 300;

/** A helm whose worker lost its lease is killed by that worker within this time; before that its release is not touched. */
const strangersGraceMs = 15_000;

/** What operations do to releases, with helm. */
@Injectable()
export class ReleaseActs {
  private readonly turns: BulkheadPolicy;

  constructor(
    private readonly helm: HelmClient,
    private readonly releases: ReleaseClient,
    private readonly charts: ChartPaths,
    private readonly specs: InstanceSpecService,
    private readonly clock: Clock,
    config: ProvisionerConfig,
  ) {
    this.turns = bulkhead(config.helmConcurrency, Number.MAX_SAFE_INTEGER);
  }

  /** `helm upgrade --install` to exactly what the order asks for. */
  async install(order: WorkOrder, options: CallOptions): Promise<ActResult> {
    const { instance, blueprint, operation } = order;
    const { chart } = blueprint;
    const call = {
      release: instance.release,
      namespace: instance.namespace,
      chart: 'path' in chart ? { path: this.charts.resolve(chart.path) } : chart,
      values: this.values(order),
      labels: { [instanceLabel]: instance.id, [operationLabel]: operation.id },
      timeoutSeconds: hookTimeoutSeconds,
    };
    return this.inTurn(() => this.helm.upgradeInstall(call, options), options.signal);
  }

  async rollBack(order: WorkOrder, revision: number, options: CallOptions): Promise<ActResult> {
    const { release, namespace } = order.instance;
    return this.inTurn(
      () => this.helm.rollback({ release, namespace, revision, timeoutSeconds: hookTimeoutSeconds }, options),
      options.signal,
    );
  }

  /** That helm says so proves nothing: the next look does. */
  async uninstall(order: WorkOrder, options: CallOptions): Promise<ActResult> {
    const { release, namespace } = order.instance;
    return this.inTurn(
      () => this.helm.uninstall({ release, namespace, timeoutSeconds: hookTimeoutSeconds }, options),
      options.signal,
    );
  }

  /**
   * Frees a release that a killed helm left pending: proves that no live process holds it, then rolls back to the good revision, or, where
   * there is none, marks the record failed.
   */
  async recover(
    order: WorkOrder,
    revision: number,
    goodRevision: number | undefined,
    options: CallOptions,
  ): Promise<ActResult> {
    const { release, namespace } = order.instance;
    const found = await this.releases.latest(namespace, release, options.signal);
    if (found === undefined || found.revision !== revision) return done;
    const ownerIsDead = endOwner(order);
    const ageMs = this.clock.now().getTime() - (found.modifiedAt ?? found.createdAt ?? this.clock.now()).getTime();
    if (!ownerIsDead && ageMs < strangersGraceMs) {
      return {
        ok: false,
        failure: failing('release_locked', 'another helm may still hold the release; waiting for it to end'),
      };
    }
    if (goodRevision !== undefined) return this.rollBack(order, goodRevision, options);
    await this.releases.markFailed(found, 'helm was killed; recovered by Tenantry', options.signal);
    return done;
  }

  private values(order: WorkOrder): JsonObject {
    const { instance, blueprint, tenant } = order;
    const open: JsonObject = instance.values;
    const merged = mergeValues(blueprint.values, open);
    const secrets = instance.secrets_hash === null ? null : { name: secretName, hash: instance.secrets_hash };
    const context: ChartContext = { instanceId: instance.id, tenant: tenant.slug, plan: tenant.plan, secrets };
    const values = chartValues(blueprint.values, open, this.specs.secretPointers(blueprint, open), context);
    return withHost(blueprint, values, hostOf(blueprint, merged, tenant.slug, instance.name));
  }

  /** More helms at once than cores can serve only make each of them slower. */
  private async inTurn(
    call: () => Promise<HelmResult | HelmResult<object>>,
    signal: AbortSignal | undefined,
  ): Promise<ActResult> {
    const result = await this.turns.execute(() => call(), signal);
    if (result.ok) return done;
    const { code, message, retryable, next_action } = result.failure;
    return { ok: false, failure: { code, message, retryable, next_action } };
  }
}

/** True when the helm that the order's last worker started is proven dead; one of this host that outlived its worker is killed. */
function endOwner(order: WorkOrder): boolean {
  const owner = order.operation.program;
  if (owner === null) return false;
  if (!mayStillRun(owner)) return true;
  if (owner.host !== hostname()) return false;
  killGroup(owner.pid, 'SIGKILL');
  return true;
}
