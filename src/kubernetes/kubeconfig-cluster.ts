import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

import { parse } from 'yaml';

import { Cluster } from './cluster.js';
import { inClusterKubeconfig, serverOf, singleContext } from './kubeconfig.js';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export type KubeconfigSource =
  /** `KUBECONFIG` (one path or several) and the context to use, else the current one. */
  | { readonly kind: 'files'; readonly kubeconfig: string; readonly context?: string | undefined }
  /** The service account of the pod this runs in; `host` and `port` as Kubernetes puts them into the environment. */
  | {
      readonly kind: 'in-cluster';
      readonly host: string;
      readonly port: string;
      readonly directory?: string | undefined;
    };

/**
 * A real cluster. The chosen context is written alone to a private file (0600), so that whatever later happens to the
 * kubeconfig's current context, Tenantry stays on the cluster it was given.
 */
export class KubeconfigCluster extends Cluster {
  readonly simulated = false;
  private directory: string | undefined;
  private content = '';
  private server = 'not started';

  constructor(
    readonly name: string,
    private readonly source: KubeconfigSource,
  ) {
    super();
  }

  get kubeconfigPath(): string {
    if (this.directory === undefined) throw new Error(`Cluster ${this.name} is not started.`);
    const path = join(this.directory, 'kubeconfig');
    // Machines that run for long sweep their temporary directory.
    if (!existsSync(path)) this.write(this.directory);
    return path;
  }

  describe(): string {
    return `${this.name}: ${this.server}`;
  }

  /** @throws Error when the kubeconfig cannot be read or lacks the context; the cluster itself is not asked */
  async start(): Promise<void> {
    if (this.directory !== undefined) return;
    const config = await this.load();
    this.server = serverOf(config);
    this.content = JSON.stringify(config);
    const directory = await mkdtemp(join(tmpdir(), 'tenantry-kubeconfig-'));
    this.write(directory);
    this.directory = directory;
  }

  async stop(): Promise<void> {
    if (this.directory !== undefined) await rm(this.directory, { recursive: true, force: true });
    this.directory = undefined;
  }

  private write(directory: string): void {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, 'kubeconfig'), this.content, { mode: 0o600 });
  }

  private async load(): Promise<Record<string, unknown>> {
    if (this.source.kind === 'in-cluster') {
      const directory = this.source.directory ?? SERVICE_ACCOUNT;
      const account = { tokenFile: join(directory, 'token'), certificateAuthority: join(directory, 'ca.crt') };
      await readFile(account.tokenFile);
      return inClusterKubeconfig({ host: this.source.host, port: this.source.port, ...account });
    }
    const paths = this.source.kubeconfig.split(delimiter).filter((path) => path !== '');
    const files = await Promise.all(paths.map(read));
    return singleContext(files, this.source.context);
  }
}

async function read(path: string): Promise<{ path: string; content: unknown }> {
  const place = isAbsolute(path) ? path : resolve(path);
  return { path: place, content: parse(await readFile(place, 'utf8')) };
}
