import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { z } from 'zod';

const started = z.tuple([z.object({ url: z.string(), kubeconfigPath: z.string() })]);

/**
 * The embedded cluster in a thread of its own, reached over HTTP like any other. In the thread of the service each would wait for the
 * other, and a second core would stay idle. Runs only as built: a worker cannot load TypeScript.
 */
export class ClusterThread {
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly worker: Worker,
    readonly url: string,
    readonly kubeconfigPath: string,
  ) {}

  /** @throws why it does not start, such as a directory that another process uses; the thread has ended then */
  static async start(directory: string): Promise<ClusterThread> {
    const worker = new Worker(new URL('./cluster-thread.main.js', import.meta.url), { workerData: { directory } });
    // `once` rejects with what the thread dies of. Later than that, nobody listens: it ends the process, as it would on the main thread.
    const [{ url, kubeconfigPath }] = started.parse(await once(worker, 'message'));
    return new ClusterThread(worker, url, kubeconfigPath);
  }

  /** Ends the thread when it has left no connection, timer or file open. Safe to call again. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const ended = once(this.worker, 'exit');
    this.worker.postMessage('stop', []);
    await ended;
  }
}
