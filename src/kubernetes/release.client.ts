import type { KubernetesObject } from './kubernetes-object.js';
import type { ObjectClient } from './object.client.js';
import {
  asFailed,
  decodeRelease,
  releaseMetadata,
  type ReleaseMetadata,
  type ReleaseRecord,
} from './release-record.js';

/** Reads helm's own records where helm keeps them. Metadata costs a label list; a record is one secret. */
export class ReleaseClient {
  constructor(private readonly objects: ObjectClient) {}

  /** All revisions of a release, oldest first; empty when it does not exist, which is the proof of an uninstall. */
  async history(namespace: string, release: string, signal?: AbortSignal): Promise<ReleaseMetadata[]> {
    return this.list({ namespace, labelSelector: `owner=helm,name=${release}`, signal });
  }

  /** The newest revision's metadata, or undefined. */
  async latest(namespace: string, release: string, signal?: AbortSignal): Promise<ReleaseMetadata | undefined> {
    return (await this.history(namespace, release, signal)).at(-1);
  }

  /** A revision in full (default the newest), or undefined. Holds what the chart rendered, secrets among it. */
  async record(
    namespace: string,
    release: string,
    revision?: number,
    signal?: AbortSignal,
  ): Promise<ReleaseRecord | undefined> {
    const wanted = revision ?? (await this.latest(namespace, release, signal))?.revision;
    if (wanted === undefined) return undefined;
    const secret = await this.secret(namespace, release, wanted, signal);
    return secret === undefined ? undefined : decodeRelease(secret);
  }

  /** Every release of the cluster that carries these labels, all revisions: one list for the whole fleet. */
  async fleet(labelSelector?: string, signal?: AbortSignal): Promise<ReleaseMetadata[]> {
    const further = labelSelector === undefined ? '' : `,${labelSelector}`;
    return this.list({ labelSelector: `owner=helm${further}`, signal });
  }

  /**
   * Frees a release that a dead helm left in `pending-install` at revision 1: there is no earlier one to roll back to.
   * The caller has proven that no live process holds it.
   * @throws TenantryError `conflict` when the record changed since it was read
   */
  async markFailed(found: ReleaseMetadata, why: string, signal?: AbortSignal): Promise<void> {
    const secret = await this.secret(found.namespace, found.name, found.revision, signal);
    if (secret === undefined) return;
    const guarded = { ...secret, metadata: { ...secret.metadata, resourceVersion: found.resourceVersion } };
    await this.objects.replace(asFailed(guarded, why), signal);
  }

  private async list(options: {
    namespace?: string | undefined;
    labelSelector: string;
    signal: AbortSignal | undefined;
  }): Promise<ReleaseMetadata[]> {
    const secrets = await this.objects.list({ apiVersion: 'v1', kind: 'Secret', metadataOnly: true, ...options });
    return secrets
      .map(releaseMetadata)
      .filter((metadata) => metadata !== undefined)
      .sort((a, b) => a.revision - b.revision);
  }

  private async secret(
    namespace: string,
    release: string,
    revision: number,
    signal: AbortSignal | undefined,
  ): Promise<KubernetesObject | undefined> {
    const name = `sh.helm.release.v1.${release}.v${revision}`;
    return this.objects.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, signal);
  }
}
