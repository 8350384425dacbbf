import { parseArgs } from 'node:util';

import { EmbeddedCluster } from './embedded-cluster.js';

const { values } = parseArgs({ options: { dir: { type: 'string' }, port: { type: 'string' } } });

const cluster = await EmbeddedCluster.start({
  ...(values.dir === undefined ? {} : { directory: values.dir }),
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
});
process.stdout.write(
  `${JSON.stringify({ url: cluster.url, kubeconfig: cluster.kubeconfigPath, simulated: true, pid: process.pid })}\n`,
);

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  void cluster.stop();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
