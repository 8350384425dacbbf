import { apiStatusOf } from './api-error.js';
import { errorOf, failureOf } from './failure.js';
import { listAt, textAt, valueAt } from './json-value.js';
import type { ClusterApi } from './cluster-api.client.js';

/** How the API server addresses one kind. */
export interface ApiResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const KEPT_MS = 600_000;
const ASK_AGAIN_MS = 2_000;

/** Which kinds the cluster knows. Answers are kept for ten minutes; a kind that is missing is asked for again sooner. */
export class ResourceDiscovery {
  private readonly versions = new Map<string, { at: number; resources: Promise<ApiResource[]> }>();

  constructor(private readonly api: ClusterApi) {}

  /** @throws TenantryError `render_failed` when the cluster knows no such kind, or as `ClusterApi.json` does */
  async resource(apiVersion: string, kind: string): Promise<ApiResource> {
    const found = (await this.find(apiVersion, kind, KEPT_MS)) ?? (await this.find(apiVersion, kind, ASK_AGAIN_MS));
    if (found === undefined)
      throw errorOf(failureOf('render_failed', `The cluster knows no kind ${kind} in ${apiVersion}.`));
    return found;
  }

  /** Every namespaced kind that can be listed, one version each: what a namespace can hold. */
  async listableInNamespaces(): Promise<ApiResource[]> {
    const [core, groups] = await Promise.all([
      this.api.json({ method: 'GET', path: '/api' }),
      this.api.json({ method: 'GET', path: '/apis' }),
    ]);
    const preferred = listAt(groups, 'groups').map((group) => textAt(group, 'preferredVersion', 'groupVersion'));
    const versions = [...listAt(core, 'versions'), ...preferred].filter((version) => typeof version === 'string');
    const resources = await Promise.all(versions.map((version) => this.resourcesOf(version, KEPT_MS)));
    return resources.flat().filter((resource) => resource.namespaced && resource.verbs.includes('list'));
  }

  private async find(apiVersion: string, kind: string, keptMs: number): Promise<ApiResource | undefined> {
    try {
      return (await this.resourcesOf(apiVersion, keptMs)).find((resource) => resource.kind === kind);
    } catch (error) {
      // A group that the cluster does not serve has none of its kinds.
      if (apiStatusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private resourcesOf(apiVersion: string, keptMs: number): Promise<ApiResource[]> {
    const known = this.versions.get(apiVersion);
    if (known !== undefined && performance.now() - known.at < keptMs) return known.resources;
    const resources = this.ask(apiVersion);
    const entry = { at: performance.now(), resources };
    this.versions.set(apiVersion, entry);
    resources.catch(() => {
      if (this.versions.get(apiVersion) === entry) this.versions.delete(apiVersion);
    });
    return resources;
  }

  private async ask(apiVersion: string): Promise<ApiResource[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = await this.api.json({ method: 'GET', path });
    return listAt(answer, 'resources').flatMap((entry) => {
      const plural = textAt(entry, 'name') ?? '';
      const kind = textAt(entry, 'kind') ?? '';
      // Names with a slash are subresources.
      if (plural === '' || plural.includes('/')) return [];
      const verbs = listAt(entry, 'verbs').filter((verb) => typeof verb === 'string');
      return [{ apiVersion, kind, plural, namespaced: valueAt(entry, 'namespaced') === true, verbs }];
    });
  }
}

/** The path of a kind, of one namespace's objects of it, or of one object. */
export function pathOf(
  resource: ApiResource,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const place = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${place}/${resource.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}
