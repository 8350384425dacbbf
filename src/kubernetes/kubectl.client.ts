import type { ClusterFailure } from './failure.js';
import { programFailure } from './helm-failure.js';
import { found, type CallOptions } from './helm.client.js';
import { namespaceFaults, objectNameFaults } from './names.js';
import type { ProgramRunner } from './program-runner.js';
import type { Program, Programs } from './programs.js';

export type KubectlResult =
  { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly failure: ClusterFailure };

export type ScalableKind = 'Deployment' | 'StatefulSet' | 'ReplicaSet';
export type RestartableKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export interface Target<Kind extends string> {
  readonly namespace: string;
  readonly kind: Kind;
  readonly name: string;
}

const REQUEST_TIMEOUT_SECONDS = 30;
const DEADLINE_MS = 60_000;

/** Drives kubectl for what people also do by hand with it. Names are validated and stand in one argument with their kind. */
export class KubectlClient {
  constructor(
    private readonly programs: Programs,
    private readonly runner: ProgramRunner,
  ) {}

  /** The kubectl in use. @throws TenantryError `kubectl_missing` */
  version(): Promise<Program> {
    return this.programs.kubectl();
  }

  /** Sets the replicas. With `currentReplicas` it is a `conflict` when the object has another number by then. */
  scale(
    target: Target<ScalableKind>,
    replicas: number,
    options: CallOptions & { readonly currentReplicas?: number | undefined } = {},
  ): Promise<KubectlResult> {
    const { currentReplicas, ...call } = options;
    const guard = currentReplicas === undefined ? [] : [`--current-replicas=${whole(currentReplicas)}`];
    return this.run(['scale', ...of(target.namespace), `--replicas=${whole(replicas)}`, ...guard, named(target)], call);
  }

  /** Replaces the pods one by one; the replicas stay. */
  restart(target: Target<RestartableKind>, options: CallOptions = {}): Promise<KubectlResult> {
    return this.run(['rollout', 'restart', ...of(target.namespace), named(target)], options);
  }

  /** Stops a CronJob from starting jobs; those that run go on. */
  suspend(target: Target<'CronJob'>, options: CallOptions = {}): Promise<KubectlResult> {
    return this.setSuspended(target, true, options);
  }

  resume(target: Target<'CronJob'>, options: CallOptions = {}): Promise<KubectlResult> {
    return this.setSuspended(target, false, options);
  }

  /** Starts the deletion of a namespace and all that is in it; that it is gone is proven by a read. */
  deleteNamespace(namespace: string, options: CallOptions = {}): Promise<KubectlResult> {
    refuse(namespaceFaults(namespace));
    return this.run(['delete', '--wait=false', '--ignore-not-found', `namespace/${namespace}`], options);
  }

  /** What a person would look at first, as a table. */
  getAll(namespace: string, options: CallOptions = {}): Promise<KubectlResult> {
    const kinds = 'deployments,statefulsets,daemonsets,cronjobs,jobs,pods,services,persistentvolumeclaims';
    return this.run(['get', ...of(namespace), '--output=wide', kinds], options);
  }

  private setSuspended(target: Target<'CronJob'>, suspend: boolean, options: CallOptions): Promise<KubectlResult> {
    const patch = JSON.stringify({ spec: { suspend } });
    return this.run(['patch', ...of(target.namespace), '--type=merge', `--patch=${patch}`, named(target)], options);
  }

  private async run(args: readonly string[], options: CallOptions): Promise<KubectlResult> {
    const program = await found(this.programs.kubectl());
    if ('failure' in program) return { ok: false, failure: program.failure };
    const all = [...args, `--request-timeout=${REQUEST_TIMEOUT_SECONDS}s`];
    const result = await this.runner.run({ program, args: all, deadlineMs: DEADLINE_MS, ...options });
    return result.ok ? { ok: true, stdout: result.stdout } : { ok: false, failure: programFailure('kubectl', result) };
  }
}

function of(namespace: string): string[] {
  refuse(namespaceFaults(namespace));
  return [`--namespace=${namespace}`];
}

/** `deployment/web`: one argument that no name can turn into a flag. */
function named(target: Target<string>): string {
  refuse(objectNameFaults(target.name));
  return `${target.kind.toLowerCase()}/${target.name}`;
}

function whole(replicas: number): number {
  if (!Number.isSafeInteger(replicas) || replicas < 0) throw new RangeError('Replicas are a whole number from 0 up.');
  return replicas;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new RangeError(faults.join(' '));
}
