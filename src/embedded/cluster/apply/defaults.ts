import { withStringData } from './decode.js';
import { CLUSTER } from './defaults/cluster.js';
import type { Default } from './defaults/fill.js';
import { NETWORK } from './defaults/network.js';
import { pod } from './defaults/pod-spec.js';
import { claim, persistentVolume } from './defaults/volumes.js';
import { WORKLOADS } from './defaults/workloads.js';
import type { JsonObject } from './json.js';

const DEFAULTS: ReadonlyMap<string, Default> = new Map(
  Object.entries({
    ...WORKLOADS,
    ...NETWORK,
    ...CLUSTER,
    'v1/Pod': pod,
    'v1/PersistentVolumeClaim': claim,
    'v1/PersistentVolume': persistentVolume,
  }),
);

/**
 * Fills in what the API server fills in for a kind, and stores `stringData` of a Secret as data. Returns the same object
 * when nothing is missing, so that a second pass is free.
 */
export function applyDefaults(apiVersion: string, kind: string, object: JsonObject): JsonObject {
  const complete = DEFAULTS.get(`${apiVersion}/${kind}`);
  const plain = withStringData(apiVersion, kind, object);
  return complete === undefined ? plain : complete(plain);
}
