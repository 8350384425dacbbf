// The embedded backends as a process of their own, reached over HTTP like real ones. Prints where they are, as one line of JSON.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedCluster } from '../dist/embedded/cluster/embedded-cluster.js';
import { EmbeddedSupabase } from '../dist/embedded/supabase/embedded-supabase.js';

const directory = process.argv[2];
await mkdir(join(directory, 'cluster'));
const supabase = await EmbeddedSupabase.start({ directory: join(directory, 'supabase') });
const served = await supabase.serve();
const cluster = await EmbeddedCluster.start({ directory: join(directory, 'cluster') });
const { secretKey, publishableKey } = supabase.keys;
process.stdout.write(
  `${JSON.stringify({ supabase: { url: served.url, secretKey, publishableKey }, kubeconfig: cluster.kubeconfigPath })}\n`,
);

async function end() {
  await served.close();
  await cluster.stop();
  await supabase.close();
  process.exit(0);
}

process.once('SIGTERM', () => void end());
