import { apiStatusOf } from './api-error.js';
import type { ClusterApi } from './cluster-api.client.js';
import { answeredObject, itemOf } from './answered-object.js';
import { listAt, textAt } from './json-value.js';
import type { KubernetesObject, ObjectReference } from './kubernetes-object.js';
import { pathOf, type ApiResource, type ResourceDiscovery } from './resource-discovery.client.js';

/** The one name under which Tenantry owns fields of what it applies itself. */
const FIELD_MANAGER = 'tenantry';

export interface ApplyOptions {
  /** Takes fields over from other managers. Only for fields that Tenantry owns by design. */
  readonly force?: boolean | undefined;
  /** Asks the server what would come of it and changes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: of all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Names and labels only; the bodies never leave the server. */
  readonly metadataOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  /** Refuses (`conflict`) when the object is another one, or was changed, since it was read. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PatchOptions {
  readonly type: 'merge' | 'json' | 'strategic';
  readonly subresource?: 'scale' | 'status' | undefined;
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LogOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly tailLines: number;
  /** Of the container before its last restart. */
  readonly previous?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A list as of one resource version. */
export interface ObjectList {
  readonly items: readonly KubernetesObject[];
  readonly resourceVersion: string;
}

const PAGE = 500;
const LOG_LIMIT_BYTES = 64 * 1024;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/**
 * Reads and writes of single objects in this process: a kubectl start would cost 65 to 100 ms of CPU each.
 * Every method rejects with the TenantryErrors of `api-error.ts`.
 */
export class ObjectClient {
  constructor(
    private readonly api: ClusterApi,
    private readonly discovery: ResourceDiscovery,
  ) {}

  /** Server-side apply. A field that someone else owns is a `conflict`, which names the manager, unless forced. */
  async apply(object: KubernetesObject, options: ApplyOptions = {}): Promise<KubernetesObject> {
    const { path } = await this.locate(object.apiVersion, object.kind, object.metadata);
    const query = {
      fieldManager: options.fieldManager ?? FIELD_MANAGER,
      force: options.force === true,
      fieldValidation: 'Strict',
      dryRun: options.dryRun === true ? 'All' : undefined,
    };
    const contentType = 'application/apply-patch+yaml';
    const { signal } = options;
    return answeredObject(await this.api.json({ method: 'PATCH', path, query, body: object, contentType, signal }));
  }

  /** The object, or undefined when there is none. */
  async get(reference: ObjectReference, signal?: AbortSignal): Promise<KubernetesObject | undefined> {
    const { path } = await this.locate(reference.apiVersion, reference.kind, reference);
    return this.unlessAbsent(async () => answeredObject(await this.api.json({ method: 'GET', path, signal })));
  }

  /** All matching objects, read in pages. */
  async list(options: ListOptions): Promise<KubernetesObject[]> {
    return [...(await this.listAt(options)).items];
  }

  /** The same with the resource version that the list is of, for a watch to go on from. */
  async listAt(options: ListOptions): Promise<ObjectList> {
    const resource = await this.discovery.resource(options.apiVersion, options.kind);
    return this.pages(resource, options);
  }

  /** Starts the deletion. `absent` when there was nothing; `deleted` says nothing of when it will be gone. */
  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<'deleted' | 'absent'> {
    const { path } = await this.locate(reference.apiVersion, reference.kind, reference);
    const { uid, resourceVersion } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      gracePeriodSeconds: options.gracePeriodSeconds,
      ...(uid === undefined && resourceVersion === undefined ? {} : { preconditions: { uid, resourceVersion } }),
    };
    const answer = await this.unlessAbsent(async () => {
      await this.api.text({ method: 'DELETE', path, body, signal: options.signal });
      return true;
    });
    return answer === undefined ? 'absent' : 'deleted';
  }

  /** A patch, in the field manager's name. A merge patch with `metadata.resourceVersion` is refused when that is stale. */
  async patch(reference: ObjectReference, patch: unknown, options: PatchOptions): Promise<KubernetesObject> {
    const { path } = await this.locate(reference.apiVersion, reference.kind, reference, options.subresource);
    const query = { fieldManager: FIELD_MANAGER, dryRun: options.dryRun === true ? 'All' : undefined };
    const contentType = PATCH_TYPES[options.type];
    const { signal } = options;
    return answeredObject(await this.api.json({ method: 'PATCH', path, query, body: patch, contentType, signal }));
  }

  /** Writes the whole object; its `metadata.resourceVersion` must still be the stored one (`conflict`). */
  async replace(object: KubernetesObject, signal?: AbortSignal): Promise<KubernetesObject> {
    const { path } = await this.locate(object.apiVersion, object.kind, object.metadata);
    const query = { fieldManager: FIELD_MANAGER };
    return answeredObject(await this.api.json({ method: 'PUT', path, query, body: object, signal }));
  }

  /** The last lines of a container's log; empty when it has none or the pod is gone. */
  async logs(options: LogOptions): Promise<string> {
    const { namespace, pod, container, tailLines, previous, signal } = options;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
    const query = { container, tailLines, limitBytes: LOG_LIMIT_BYTES, previous: previous === true ? true : undefined };
    try {
      return await this.api.text({ method: 'GET', path, query, accept: '*/*', signal });
    } catch (error) {
      // 400: the container has not started, or there is no earlier one.
      const status = apiStatusOf(error);
      if (status === 400 || status === 404) return '';
      throw error;
    }
  }

  /** Names and labels of everything in a namespace, of every kind that the cluster has and Tenantry may list: what an uninstall left. */
  async contentsOf(namespace: string, signal?: AbortSignal): Promise<KubernetesObject[]> {
    const resources = (await this.discovery.listableInNamespaces()).filter(isStored);
    const lists = await Promise.all(
      resources.map(async (resource) => {
        const options = { apiVersion: resource.apiVersion, kind: resource.kind, namespace, metadataOnly: true, signal };
        try {
          // A kind that goes while it is listed holds nothing.
          return (await this.unlessAbsent(() => this.pages(resource, options)))?.items ?? [];
        } catch (error) {
          // A kind that Tenantry has no rights to is not seen; what can be seen is still worth naming.
          if (apiStatusOf(error) === 403) return [];
          throw error;
        }
      }),
    );
    return lists.flat();
  }

  private async pages(resource: ApiResource, options: ListOptions): Promise<ObjectList> {
    try {
      return await this.allPages(resource, options);
    } catch (error) {
      // The list grew too old between two pages: it is read once more from its start.
      if (apiStatusOf(error) === 410) return this.allPages(resource, options);
      throw error;
    }
  }

  private async allPages(resource: ApiResource, options: ListOptions): Promise<ObjectList> {
    const items: KubernetesObject[] = [];
    const metadataOnly = options.metadataOnly === true;
    const { labelSelector, fieldSelector, signal } = options;
    let continuation: string | undefined;
    let resourceVersion = '';
    do {
      const answer = await this.api.json({
        method: 'GET',
        path: pathOf(resource, options.namespace),
        query: { limit: PAGE, continue: continuation, labelSelector, fieldSelector },
        ...(metadataOnly ? { accept: METADATA_LIST } : {}),
        signal,
      });
      for (const item of listAt(answer, 'items')) items.push(itemOf(item, resource, metadataOnly));
      continuation = textAt(answer, 'metadata', 'continue') || undefined;
      resourceVersion = textAt(answer, 'metadata', 'resourceVersion') ?? resourceVersion;
    } while (continuation !== undefined);
    return { items, resourceVersion };
  }

  private async locate(
    apiVersion: string,
    kind: string,
    place: { name: string; namespace?: string | undefined },
    subresource?: string,
  ): Promise<{ path: string }> {
    const resource = await this.discovery.resource(apiVersion, kind);
    if (resource.namespaced && place.namespace === undefined) throw new Error(`${kind}/${place.name} has no namespace`);
    return { path: pathOf(resource, place.namespace, place.name, subresource) };
  }

  private async unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (apiStatusOf(error) === 404) return undefined;
      throw error;
    }
  }
}

/** Events and computed views: what a namespace shows but does not hold. */
function isStored(resource: ApiResource): boolean {
  return (
    resource.kind !== 'Event' && resource.verbs.includes('delete') && !resource.apiVersion.startsWith('metrics.k8s.io/')
  );
}
