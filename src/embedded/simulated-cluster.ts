import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster } from '../kubernetes/cluster.js';
import { ClusterThread } from './cluster/cluster-thread.js';

/** The embedded cluster behind the port that the product knows clusters by. */
export class SimulatedCluster extends Cluster {
  readonly simulated = true;
  readonly kubeconfigPath: string;
  private running: ClusterThread | undefined;

  /** @param dataDirectory absolute; the kubeconfig is in it, the cluster's objects below it */
  constructor(
    readonly name: string,
    private readonly dataDirectory: string,
  ) {
    super();
    this.kubeconfigPath = join(dataDirectory, 'kubeconfig');
  }

  describe(): string {
    return `embedded at ${this.running?.url ?? 'no address yet'}: pods are simulated, nothing really runs`;
  }

  async start(): Promise<void> {
    const directory = join(this.dataDirectory, 'cluster');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    this.running = await ClusterThread.start(directory);
    await copyFile(this.running.kubeconfigPath, this.kubeconfigPath);
    await chmod(this.kubeconfigPath, 0o600);
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }
}
