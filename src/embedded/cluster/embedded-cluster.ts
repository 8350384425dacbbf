import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authentication } from './api/access/authentication.js';
import { Rbac } from './api/access/rbac.js';
import type { User } from './api/access/user.js';
import { admissionChain } from './api/admission/admission-chain.js';
import { QuotaStatus } from './api/admission/quota-status.js';
import { ServiceNetwork } from './api/admission/service-network.js';
import type { ApiParts } from './api/api-parts.js';
import { ensureFirstObjects } from './api/first-objects.js';
import { ApiServer } from './api/http/api-server.js';
import type { Faults } from './api/http/faults.js';
import { jsonOf } from './api/http/object-json.js';
import { EventHistory } from './api/reading/event-history.js';
import { ListSnapshots } from './api/reading/list-snapshots.js';
import { WatchHub } from './api/reading/watch-hub.js';
import { openState, saveState } from './cluster-state.js';
import { startControllers, type Controllers, type ControllersOptions } from './controllers/controllers.js';
import { kubeletOf } from './kubelet-port.js';
import { writeKubeconfig } from './kubeconfig.js';
import { AppendLog } from './store/append-log.js';
import { ObjectStore } from './store/object-store.js';

export interface EmbeddedClusterOptions {
  /** keeps the state here; without it everything is gone at the end */
  directory?: string;
  /** 0 or absent: the one of the last time, else any free one */
  port?: number;
  /** further bearer tokens and whose they are */
  tokens?: Readonly<Record<string, User>>;
  controllers?: ControllersOptions;
}

/** A Kubernetes API server with simulated pods, in this process, on loopback. */
export class EmbeddedCluster {
  private constructor(
    readonly url: string,
    readonly kubeconfigPath: string,
    readonly store: ObjectStore,
    readonly controllers: Controllers,
    private readonly server: ApiServer,
    private readonly ends: readonly (() => unknown)[],
  ) {}

  /** Starts it; when it answers, it has been restored and listens. */
  static async start(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
    const temporary = options.directory === undefined;
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'tenantry-cluster-')));
    const state = await openState(directory);
    const store = new ObjectStore({ now });
    const log = temporary ? undefined : await AppendLog.open(store, join(directory, 'objects.jsonl'), jsonOf);
    const network = new ServiceNetwork(store);
    store.admitWith(admissionChain(store, network));
    ensureFirstObjects(store);
    const controllers = startControllers(store, options.controllers);
    const quotas = new QuotaStatus(store);
    const parts = partsOf(store, controllers, {
      adminToken: state.token,
      key: state.key,
      ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    });
    const server = new ApiServer(parts);
    const url = await listen(server, options.port ?? 0, state.port);
    await saveState(directory, { ...state, port: Number(new URL(url).port) });
    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeKubeconfig(kubeconfigPath, url, state.token);
    return new EmbeddedCluster(url, kubeconfigPath, store, controllers, server, [
      () => parts.hub.close(),
      () => server.close(),
      () => controllers.stop(),
      () => quotas.stop(),
      () => network.stop(),
      () => parts.history.close(),
      () => log?.close(),
      () => (temporary ? rm(directory, { recursive: true, force: true }) : undefined),
    ]);
  }

  /** Trouble to be made at the API, for tests. */
  get faults(): Faults {
    return this.server.faults;
  }

  /** Refuses connections, as a server that is gone does; the controllers go on. */
  async pause(): Promise<void> {
    await this.server.pause();
  }

  /** Takes connections again, at the same address. */
  async resume(): Promise<void> {
    await this.server.resume();
  }

  /** Leaves no connection, timer or file open. */
  async stop(): Promise<void> {
    for (const end of this.ends) await end();
  }
}

function now(): Date {
  return new Date();
}

function partsOf(
  store: ObjectStore,
  controllers: Controllers,
  access: ConstructorParameters<typeof Authentication>[1],
): ApiParts {
  return {
    store,
    now,
    snapshots: new ListSnapshots(),
    history: new EventHistory(store),
    hub: new WatchHub(store),
    authentication: new Authentication(store, access),
    rbac: new Rbac(store),
    kubelet: kubeletOf(controllers),
  };
}

/** Listens on the wanted port; without one on the last one, if that is still free. */
async function listen(server: ApiServer, wanted: number, last: number): Promise<string> {
  if (wanted !== 0 || last === 0) return server.listen(wanted);
  try {
    return await server.listen(last);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE')
      return server.listen(0);
    throw error;
  }
}
