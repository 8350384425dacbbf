import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { HelmClient } from '../../../src/kubernetes/helm.client.js';
import { KubectlClient } from '../../../src/kubernetes/kubectl.client.js';
import { ProgramRunner } from '../../../src/kubernetes/program-runner.js';
import { Programs } from '../../../src/kubernetes/programs.js';
import type { RegistryLayer } from '../../../src/kubernetes/registry-programs.js';

/** Unpacked once for every suite of this machine. */
const PROGRAM_CACHE = join(tmpdir(), 'tenantry-test-programs');

export const LAYERS: readonly (readonly [name: string, layer: RegistryLayer])[] = [
  ['helm 4', 'v34'],
  ['helm 3', 'v32'],
];

export const WEB_CHART = join(import.meta.dirname, 'charts', 'web');

export interface RealPrograms {
  readonly programs: Programs;
  readonly runner: ProgramRunner;
  readonly helm: HelmClient;
  readonly kubectl: KubectlClient;
  close(): Promise<void>;
}

/** The real helm and kubectl of the registry. `kubeconfigPath` may name nothing for what needs no cluster. */
export function realPrograms(layer: RegistryLayer, kubeconfigPath = '/nowhere/kubeconfig'): RealPrograms {
  const programs = new Programs({ searchPath: '', cacheDirectory: PROGRAM_CACHE, registry: layer });
  const runner = new ProgramRunner({ kubeconfigPath: () => kubeconfigPath, searchPath: '/usr/bin:/bin' });
  const helm = new HelmClient(programs, runner);
  const kubectl = new KubectlClient(programs, runner);
  return { programs, runner, helm, kubectl, close: () => runner.close() };
}

/** A directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
