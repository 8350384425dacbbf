/** Names the object that another one belongs to; the garbage collector follows it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which manager wrote which fields, as server-side apply keeps it. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldsV1;
  subresource?: string;
}

/** A field set in the wire form: `f:` fields, `k:` keyed items, `v:` set values, `.` the thing itself. */
export interface FieldsV1 {
  [path: string]: FieldsV1;
}

export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any Kubernetes object as the API carries it. What the store holds is shared: never change it, make a new one. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export type Subresource = 'eviction' | 'finalize' | 'log' | 'scale' | 'status' | 'token';

/** One served type, as discovery describes it. */
export interface ResourceType {
  group: string;
  version: string;
  /** the plural, as in the path */
  resource: string;
  kind: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  subresources: readonly Subresource[];
  /** whether metadata.generation counts changes of this type */
  hasGeneration: boolean;
}

/** Where the store keeps a type, whatever version it is asked in: `apps/deployments`, `/pods`. */
export type ResourceKey = `${string}/${string}`;
