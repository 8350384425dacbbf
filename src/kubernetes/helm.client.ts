import { failureFrom, failureOf, type ClusterFailure } from './failure.js';
import {
  helmArguments,
  type HelmIntent,
  type RollbackIntent,
  type TemplateIntent,
  type TestIntent,
  type UninstallIntent,
  type UpgradeInstallIntent,
} from './helm-arguments.js';
import { programFailure, saysReleaseNotFound } from './helm-failure.js';
import { parseManifest } from './manifest.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { ProgramRunner, SpawnedProgram } from './program-runner.js';
import type { Program, Programs } from './programs.js';
import { valuesDocument } from './values-document.js';

/** Every helm call ends in one of these; none rejects for what helm or the cluster do. */
export type HelmResult<Done = { readonly stdout: string }> =
  ({ readonly ok: true } & Done) | { readonly ok: false; readonly failure: ClusterFailure };

/** What every call may carry: a stop, and a look at the process for whoever writes down who holds the release. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onSpawn?: ((child: SpawnedProgram) => void) | undefined;
}

export type UpgradeInstall = Omit<UpgradeInstallIntent, 'verb' | 'historyMax' | 'takeOwnership'> & {
  /** In full: helm is told to forget those of the last revision. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Default 10. */
  readonly historyMax?: number | undefined;
  /** Default false. */
  readonly takeOwnership?: boolean | undefined;
};

export type Rollback = Omit<RollbackIntent, 'verb' | 'historyMax'> & { readonly historyMax?: number | undefined };
export type Uninstall = Omit<UninstallIntent, 'verb'>;
export type Test = Omit<TestIntent, 'verb'>;
export type Template = Omit<TemplateIntent, 'verb'> & { readonly values: Readonly<Record<string, unknown>> };

const DEFAULT_HISTORY = 10;
/** Helm holds its own timeout per hook and per request; this much more means that it hangs. */
const DEADLINE_SLACK_MS = 60_000;
const LOG_LINES = 20;
const RENDER_DEADLINE_MS = 60_000;

/** Drives helm 3 or 4. It never waits for workloads (readiness is judged from the cluster), only for hooks. */
export class HelmClient {
  constructor(
    private readonly programs: Programs,
    private readonly runner: ProgramRunner,
    private readonly deadlineSlackMs: number = DEADLINE_SLACK_MS,
  ) {}

  /** The helm in use. @throws TenantryError `helm_missing` */
  version(): Promise<Program> {
    return this.programs.helm();
  }

  /** Installs the release or upgrades it to exactly these values. */
  upgradeInstall(call: UpgradeInstall, options: CallOptions = {}): Promise<HelmResult> {
    const { values, ...rest } = call;
    const intent: UpgradeInstallIntent = {
      ...rest,
      verb: 'upgrade-install',
      historyMax: call.historyMax ?? DEFAULT_HISTORY,
      takeOwnership: call.takeOwnership ?? false,
    };
    return this.run(intent, options, call.timeoutSeconds, values);
  }

  /** Makes an earlier revision the newest; also what frees a release stuck in pending-upgrade or pending-rollback. */
  rollback(call: Rollback, options: CallOptions = {}): Promise<HelmResult> {
    const intent: RollbackIntent = { ...call, verb: 'rollback', historyMax: call.historyMax ?? DEFAULT_HISTORY };
    return this.run(intent, options, call.timeoutSeconds);
  }

  /** Removes the release. `absent` is what helm says; only a read proves it. */
  async uninstall(call: Uninstall, options: CallOptions = {}): Promise<HelmResult<{ readonly absent: boolean }>> {
    const outcome = await this.attempt({ ...call, verb: 'uninstall' }, options, call.timeoutSeconds);
    if (!('result' in outcome)) return { ok: false, failure: outcome.failure };
    if (outcome.result.ok) return { ok: true, absent: false };
    const notFound = outcome.result.reason === 'exit' && saysReleaseNotFound(outcome.result.stderr);
    return notFound ? { ok: true, absent: true } : { ok: false, failure: programFailure('helm', outcome.result) };
  }

  /** Runs the chart's tests; the last log lines of one that failed are in the message. */
  async test(call: Test, options: CallOptions = {}): Promise<HelmResult> {
    const outcome = await this.attempt({ ...call, verb: 'test' }, options, call.timeoutSeconds);
    if (!('result' in outcome)) return { ok: false, failure: outcome.failure };
    if (outcome.result.ok) return { ok: true, stdout: outcome.result.stdout };
    const failure = programFailure('helm', outcome.result);
    const log = lastTestLog(outcome.result.stdout);
    return { ok: false, failure: log === '' ? failure : { ...failure, message: `${failure.message}\n${log}` } };
  }

  /** Renders without touching the cluster: finds faults of values and templates before anything is made. */
  async template(
    call: Template,
    options: CallOptions = {},
  ): Promise<HelmResult<{ readonly objects: readonly KubernetesObject[] }>> {
    const { values, ...rest } = call;
    const rendered = await this.run({ ...rest, verb: 'template' }, options, RENDER_DEADLINE_MS / 1000, values);
    if (!rendered.ok) return rendered;
    try {
      return { ok: true, objects: parseManifest(rendered.stdout) };
    } catch (error) {
      return { ok: false, failure: failureOf('render_failed', error instanceof Error ? error.message : String(error)) };
    }
  }

  private async run(
    intent: HelmIntent,
    options: CallOptions,
    timeoutSeconds: number,
    values?: Readonly<Record<string, unknown>>,
  ): Promise<HelmResult> {
    const outcome = await this.attempt(intent, options, timeoutSeconds, values);
    if (!('result' in outcome)) return { ok: false, failure: outcome.failure };
    if (!outcome.result.ok) return { ok: false, failure: programFailure('helm', outcome.result) };
    if (outcome.result.truncated) return { ok: false, failure: failureOf('render_failed', 'helm printed too much.') };
    return { ok: true, stdout: outcome.result.stdout };
  }

  private async attempt(
    intent: HelmIntent,
    options: CallOptions,
    timeoutSeconds: number,
    values?: Readonly<Record<string, unknown>>,
  ): Promise<{ result: Awaited<ReturnType<ProgramRunner['run']>> } | { failure: ClusterFailure }> {
    const program = await found(this.programs.helm());
    if ('failure' in program) return program;
    let call: { args: string[]; stdin: string | undefined };
    try {
      call = {
        args: helmArguments(intent, program.major),
        stdin: values === undefined ? undefined : valuesDocument(values),
      };
    } catch (error) {
      if (error instanceof RangeError) return { failure: failureOf('values_invalid', error.message) };
      throw error;
    }
    const deadlineMs = timeoutSeconds * 1000 + this.deadlineSlackMs;
    return { result: await this.runner.run({ program, ...call, deadlineMs, ...options }) };
  }
}

/** What `--logs` printed of the last test, its end. */
function lastTestLog(stdout: string): string {
  const start = stdout.lastIndexOf('POD LOGS: ');
  return start < 0 ? '' : stdout.slice(start).trim().split('\n').slice(-LOG_LINES).join('\n');
}

/** A program that is missing is a failure of the call like any other. */
export async function found(program: Promise<Program>): Promise<Program | { readonly failure: ClusterFailure }> {
  try {
    return await program;
  } catch (error) {
    const failure = failureFrom(error);
    if (failure === undefined) throw error;
    return { failure };
  }
}
