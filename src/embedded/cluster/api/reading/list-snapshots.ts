import type { KubeObject } from '../../store/kube-object.js';

const MAX_SNAPSHOTS = 64;
const MAX_AGE_MS = 5 * 60_000;

interface Snapshot {
  objects: readonly KubeObject[];
  takenAt: number;
}

/**
 * Lists that are being read page by page, as they were at the first page: objects never change, so holding one costs
 * an array of references. The oldest are forgotten, and whoever still reads them gets 410.
 */
export class ListSnapshots {
  private readonly snapshots = new Map<string, Snapshot>();

  keep(id: string, objects: readonly KubeObject[]): void {
    this.snapshots.delete(id);
    this.snapshots.set(id, { objects, takenAt: Date.now() });
    for (const [old, { takenAt }] of this.snapshots) {
      if (this.snapshots.size <= MAX_SNAPSHOTS && Date.now() - takenAt < MAX_AGE_MS) break;
      this.snapshots.delete(old);
    }
  }

  get(id: string): readonly KubeObject[] | undefined {
    const found = this.snapshots.get(id);
    if (found === undefined || Date.now() - found.takenAt > MAX_AGE_MS) return undefined;
    return found.objects;
  }
}
