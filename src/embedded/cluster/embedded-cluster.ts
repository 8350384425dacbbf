import { mkdir, mkdtemp, rm } from 'node:fs/promises';
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
import { DirectoryLock } from '../../platform/directory-lock.js';

export interface EmbeddedClusterOptions {
  /** keeps the state here; without it everything is gone at the end */
  directory?: string;
  /** 0 or absent: the one of the last time, else any free one */
  port?: number;
  /** further bearer tokens and whose they are */
  tokens?: Readonly<Record<string, User>>;
  controllers?: ControllersOptions;
}

/** What a started part needs done at the end; in the order the parts were started, and undone backwards. */
type End = () => unknown;

/** A Kubernetes API server with simulated pods, in this process, on loopback. */
export class EmbeddedCluster {
  private stopping: Promise<void> | undefined;

  private constructor(
    readonly url: string,
    readonly kubeconfigPath: string,
    readonly store: ObjectStore,
    readonly controllers: Controllers,
    private readonly server: ApiServer,
    private readonly ends: readonly End[],
  ) {}

  /**
   * Starts it; when it answers, it has been restored and listens. Throws when another process uses the directory or the
   * wanted port is taken; nothing is left behind then.
   */
  static async start(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
    const ends: End[] = [];
    try {
      return await EmbeddedCluster.compose(options, ends);
    } catch (error) {
      await endAll(ends);
      throw error;
    }
  }

  private static async compose(options: EmbeddedClusterOptions, ends: End[]): Promise<EmbeddedCluster> {
    const directory = await openDirectory(options.directory, ends);
    const state = await openState(directory);
    const store = await openStore(options.directory, ends);
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
    ends.push(
      () => parts.history.close(),
      () => network.stop(),
      () => quotas.stop(),
      () => controllers.stop(),
      () => server.close(),
      () => parts.hub.close(),
    );
    const url = await listen(server, options.port ?? 0, state.port);
    await saveState(directory, { ...state, port: Number(new URL(url).port) });
    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeKubeconfig(kubeconfigPath, url, state.token);
    return new EmbeddedCluster(url, kubeconfigPath, store, controllers, server, ends);
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
    this.stopping ??= endAll(this.ends);
    await this.stopping;
  }
}

async function endAll(ends: readonly End[]): Promise<void> {
  for (const end of ends.toReversed()) await end();
}

/** The directory to keep things in: the wanted one, held against other processes, or one that goes at the end. */
async function openDirectory(wanted: string | undefined, ends: End[]): Promise<string> {
  if (wanted === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), 'tenantry-cluster-'));
    ends.push(() => rm(temporary, { recursive: true, force: true }));
    return temporary;
  }
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  const lock = await DirectoryLock.take(join(wanted, 'cluster.lock'));
  ends.push(() => lock.release());
  return wanted;
}

/** The objects of the last time, kept in the directory from now on; without one, none. */
async function openStore(directory: string | undefined, ends: End[]): Promise<ObjectStore> {
  const store = new ObjectStore({ now });
  if (directory !== undefined) {
    const log = await AppendLog.open(store, join(directory, 'objects.jsonl'), jsonOf);
    ends.push(() => log.close());
  }
  return store;
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
