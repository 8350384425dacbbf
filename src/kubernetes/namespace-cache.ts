import type { KubernetesObject } from './kubernetes-object.js';
import { isNewer } from './resource-version.js';

export interface ObjectChange {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly namespace: string;
  /** As it is now, or as it last was. */
  readonly object: KubernetesObject;
  readonly before: KubernetesObject | undefined;
}

/**
 * What is known of each namespace, by object. It takes news from watches and from direct reads in any order: what is older
 * than what it has changes nothing, so a read that runs ahead of a watch is not undone by it.
 */
export class NamespaceCache {
  private readonly namespaces = new Map<string, Map<string, KubernetesObject>>();
  /** Objects that a read proved absent, with the read's resource version, until the watch has caught up. */
  private readonly absent = new Map<string, string>();

  objectsOf(namespace: string): KubernetesObject[] {
    return [...(this.namespaces.get(namespace)?.values() ?? [])];
  }

  get namespaceNames(): string[] {
    return [...this.namespaces.keys()];
  }

  upsert(object: KubernetesObject): ObjectChange | undefined {
    const { namespace, key } = placeOf(object);
    const before = this.namespaces.get(namespace)?.get(key);
    const version = versionOf(object);
    if (before !== undefined && !isNewer(version, versionOf(before))) return undefined;
    const absentSince = this.absent.get(`${namespace} ${key}`);
    if (absentSince !== undefined && !isNewer(version, absentSince)) return undefined;
    this.absent.delete(`${namespace} ${key}`);
    const objects = this.namespaces.get(namespace) ?? new Map<string, KubernetesObject>();
    this.namespaces.set(namespace, objects.set(key, object));
    return { type: before === undefined ? 'added' : 'modified', namespace, object, before };
  }

  /** A deletion as a watch tells it; the object carries the resource version of its deletion. */
  remove(object: KubernetesObject): ObjectChange | undefined {
    const { namespace, key } = placeOf(object);
    this.absent.delete(`${namespace} ${key}`);
    const before = this.namespaces.get(namespace)?.get(key);
    if (before === undefined || isNewer(versionOf(before), versionOf(object))) return undefined;
    return this.forget(namespace, key, object);
  }

  /** A whole list of one kind, of one namespace or (undefined) of all: what it lacks and is older than it, is gone. */
  replace(
    kind: string,
    namespace: string | undefined,
    objects: readonly KubernetesObject[],
    listVersion: string,
  ): ObjectChange[] {
    const present = new Set(objects.map((object) => addressOf(object)));
    const gone = this.known(kind, namespace).filter(
      (object) => !present.has(addressOf(object)) && !isNewer(versionOf(object), listVersion),
    );
    const removals = gone.map((object) => this.forget(placeOf(object).namespace, placeOf(object).key, object));
    if (namespace !== undefined) for (const object of gone) this.absent.set(addressOf(object), listVersion);
    const upserts = objects.map((object) => this.upsert(object));
    return [...removals, ...upserts].filter((change) => change !== undefined);
  }

  private known(kind: string, namespace: string | undefined): KubernetesObject[] {
    const names = namespace === undefined ? this.namespaceNames : [namespace];
    return names.flatMap((name) => this.objectsOf(name)).filter((object) => object.kind === kind);
  }

  private forget(namespace: string, key: string, object: KubernetesObject): ObjectChange {
    const objects = this.namespaces.get(namespace);
    const before = objects?.get(key);
    objects?.delete(key);
    if (objects?.size === 0) this.namespaces.delete(namespace);
    return { type: 'deleted', namespace, object, before };
  }
}

/** A namespace stands in its own entry beside what is in it. */
function placeOf(object: KubernetesObject): { namespace: string; key: string } {
  const namespace = object.kind === 'Namespace' ? object.metadata.name : (object.metadata.namespace ?? '');
  return { namespace, key: `${object.kind}/${object.metadata.name}` };
}

function addressOf(object: KubernetesObject): string {
  const { namespace, key } = placeOf(object);
  return `${namespace} ${key}`;
}

function versionOf(object: KubernetesObject): string {
  return object.metadata.resourceVersion ?? '';
}
