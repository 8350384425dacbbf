import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';

import { Programs } from '../../src/kubernetes/programs.js';
import type { RegistryLayer } from '../../src/kubernetes/registry-programs.js';
import { valuesDocument } from '../../src/kubernetes/values-document.js';
import type { Manifest } from './manifest-pods.js';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What helm said; `objects` are the rendered objects in their order, empty when it failed. */
export interface HelmAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly objects: Manifest[];
}

export interface TemplateOptions {
  readonly release?: string;
  readonly namespace?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Further arguments, such as `--api-versions`. */
  readonly args?: readonly string[];
}

/** The registry's helm, away from the caller's own settings, caches and clusters. Close it. */
export class ChartHelm {
  private constructor(
    private readonly path: string,
    private readonly home: string,
    /** Without the leading v. */
    readonly version: string,
  ) {}

  static async open(layer: RegistryLayer): Promise<ChartHelm> {
    const home = await mkdtemp(join(tmpdir(), 'tenantry-charts-'));
    const programs = new Programs({ searchPath: '', cacheDirectory: join(home, 'programs'), registry: layer });
    const helm = await programs.helm();
    return new ChartHelm(helm.path, home, helm.version);
  }

  async close(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }

  /** `chart` is a path from the root of the repository; values go in on stdin. */
  async template(chart: string, options: TemplateOptions = {}): Promise<HelmAnswer> {
    const { release = 'acme', namespace = 't-acme', values = {}, args = [] } = options;
    const answer = await this.run(
      ['template', release, chart, '--namespace', namespace, '--values', '-', ...args],
      values,
    );
    return { ...answer, objects: answer.exitCode === 0 ? objectsOf(answer.stdout) : [] };
  }

  async lint(chart: string, values: Readonly<Record<string, unknown>> = {}): Promise<HelmAnswer> {
    const answer = await this.run(['lint', '--strict', chart, '--values', '-'], values);
    return { ...answer, objects: [] };
  }

  private async run(
    args: readonly string[],
    values: Readonly<Record<string, unknown>>,
  ): Promise<Omit<HelmAnswer, 'objects'>> {
    const result = await execa(this.path, args, {
      cwd: REPOSITORY,
      input: valuesDocument(values),
      reject: false,
      extendEnv: false,
      env: { HOME: this.home, KUBECONFIG: '/nonexistent' },
      timeout: 60_000,
    });
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  }
}

function objectsOf(rendered: string): Manifest[] {
  return parseAllDocuments(rendered, { logLevel: 'error', uniqueKeys: true }).flatMap((document) => {
    if (document.errors.length > 0) throw new AggregateError(document.errors, 'helm rendered what is no YAML');
    const object: Manifest | null = document.toJS();
    return object ?? [];
  });
}
