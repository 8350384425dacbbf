import { chartFaults, type ChartSource } from './chart-source.js';
import { labelFaults, namespaceFaults, releaseFaults } from './names.js';

interface OfRelease {
  readonly release: string;
  readonly namespace: string;
}

interface WithHooks extends OfRelease {
  /** How long helm waits for each hook. */
  readonly timeoutSeconds: number;
  readonly noHooks?: boolean | undefined;
}

export interface UpgradeInstallIntent extends WithHooks {
  readonly verb: 'upgrade-install';
  readonly chart: ChartSource;
  /** Put on the release record, not on the objects. */
  readonly labels: Readonly<Record<string, string>>;
  readonly historyMax: number;
  /** Adopts objects that exist and belong to no release. */
  readonly takeOwnership: boolean;
  /** Checks objects against the cluster's schema before anything is sent; costs most of helm's time. */
  readonly openapiValidation?: boolean | undefined;
}

export interface RollbackIntent extends WithHooks {
  readonly verb: 'rollback';
  readonly revision: number;
  readonly historyMax: number;
}

export interface UninstallIntent extends WithHooks {
  readonly verb: 'uninstall';
}

export interface TestIntent extends OfRelease {
  readonly verb: 'test';
  readonly timeoutSeconds: number;
}

export interface TemplateIntent extends OfRelease {
  readonly verb: 'template';
  readonly chart: ChartSource;
  readonly isUpgrade?: boolean | undefined;
}

export type HelmIntent = UpgradeInstallIntent | RollbackIntent | UninstallIntent | TestIntent | TemplateIntent;

/**
 * The arguments that make helm of that major version do what is meant. Values are never among them: they go to standard
 * input, which `--values=-` names. Everything that a caller chose is validated, joined with `=`, or stands after `--`.
 * @throws RangeError when a name, label, chart or number cannot be passed on safely
 */
export function helmArguments(intent: HelmIntent, major: number): string[] {
  refuse([...releaseFaults(intent.release), ...namespaceFaults(intent.namespace)]);
  const common = [`--namespace=${intent.namespace}`];
  if (intent.verb === 'upgrade-install') {
    return ['upgrade', '--install', ...common, ...upgradeFlags(intent, major), ...chartEnd(intent)];
  }
  if (intent.verb === 'rollback') {
    const flags = [...common, ...hookFlags(intent), historyMax(intent.historyMax), ...forceFlags(major)];
    return ['rollback', ...flags, '--', intent.release, String(count(intent.revision, 'revision'))];
  }
  if (intent.verb === 'uninstall') return ['uninstall', ...common, ...hookFlags(intent), '--', intent.release];
  if (intent.verb === 'test') {
    return ['test', ...common, timeout(intent.timeoutSeconds), '--logs', '--', intent.release];
  }
  const upgrade = intent.isUpgrade === true ? ['--is-upgrade'] : [];
  return ['template', ...common, '--values=-', ...upgrade, ...versionFlags(intent.chart), ...chartEnd(intent)];
}

function upgradeFlags(intent: UpgradeInstallIntent, major: number): string[] {
  const labels = Object.entries(intent.labels);
  refuse(labels.flatMap(([key, value]) => labelFaults(key, value)));
  return [
    '--values=-',
    // Without it helm takes over the values of the last revision, the bad ones too.
    '--reset-values',
    historyMax(intent.historyMax),
    ...(intent.openapiValidation === true ? [] : ['--disable-openapi-validation']),
    ...hookFlags(intent),
    ...(labels.length === 0 ? [] : [`--labels=${labels.map(([key, value]) => `${key}=${value}`).join(',')}`]),
    ...(intent.takeOwnership ? ['--take-ownership'] : []),
    ...forceFlags(major),
    ...versionFlags(intent.chart),
  ];
}

/** Helm 4 applies on the server and stops at fields that others wrote, such as scaled replicas; helm 3 patches over them. */
function forceFlags(major: number): string[] {
  return major >= 4 ? ['--server-side=true', '--force-conflicts'] : [];
}

function hookFlags(intent: WithHooks): string[] {
  return [timeout(intent.timeoutSeconds), ...(intent.noHooks === true ? ['--no-hooks'] : [])];
}

function versionFlags(chart: ChartSource): string[] {
  const version = 'path' in chart || chart.version === undefined ? [] : [`--version=${chart.version}`];
  return 'repository' in chart ? [`--repo=${chart.repository}`, ...version] : version;
}

function chartEnd(intent: { readonly release: string; readonly chart: ChartSource }): string[] {
  refuse(chartFaults(intent.chart));
  return ['--', intent.release, chartReference(intent.chart)];
}

function chartReference(chart: ChartSource): string {
  if ('path' in chart) return chart.path;
  return 'oci' in chart ? chart.oci : chart.name;
}

function timeout(seconds: number): string {
  return `--timeout=${count(Math.ceil(seconds), 'timeout')}s`;
}

function historyMax(revisions: number): string {
  return `--history-max=${count(revisions, 'history')}`;
}

function count(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`The ${what} must be a whole number above 0.`);
  return value;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new RangeError(faults.join(' '));
}
