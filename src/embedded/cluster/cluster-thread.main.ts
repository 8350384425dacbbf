import { parentPort, workerData } from 'node:worker_threads';

import { z } from 'zod';

import { EmbeddedCluster } from './embedded-cluster.js';

const { directory } = z.object({ directory: z.string() }).parse(workerData);

const cluster = await EmbeddedCluster.start({ directory });
parentPort?.postMessage({ url: cluster.url, kubeconfigPath: cluster.kubeconfigPath }, []);
// The only message there is: stop. Once nothing listens any more, the thread ends by itself.
parentPort?.once('message', () => void cluster.stop());
