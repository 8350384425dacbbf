import type { KubeObject } from '../../store/kube-object.js';
import type { ListMeta } from '../http/object-json.js';
import { partialOf } from '../http/object-json.js';
import { CLUSTER_COLUMNS } from './cluster-columns.js';
import { AGE, NAME, type Column } from './column.js';
import { NETWORK_COLUMNS } from './network-columns.js';
import { POLICY_COLUMNS } from './policy-columns.js';
import { WORKLOAD_COLUMNS } from './workload-columns.js';

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  ...WORKLOAD_COLUMNS,
  ...NETWORK_COLUMNS,
  ...CLUSTER_COLUMNS,
  ...POLICY_COLUMNS,
};

const DEFAULT: readonly Column[] = [NAME, AGE];

/** What a row carries besides its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Narrows the `includeObject` parameter; rows carry metadata unless told otherwise. */
export function includeObjectOf(parameter: string | null): IncludeObject {
  return parameter === 'None' || parameter === 'Object' ? parameter : 'Metadata';
}

/** Objects as a meta.k8s.io/v1 Table, with the columns kubectl shows for their type. */
export function tableOf(
  key: string,
  metadata: ListMeta,
  objects: readonly KubeObject[],
  include: IncludeObject,
  now: Date,
): object {
  const columns = COLUMNS[key] ?? DEFAULT;
  const columnDefinitions = columns.map(({ name, type, format, priority }) => {
    return { name, type, format: format ?? '', description: name, priority };
  });
  const rows = objects.map((object) => ({
    cells: columns.map((column) => column.cell(object, now)),
    object: rowObject(object, include),
  }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows };
}

function rowObject(object: KubeObject, include: IncludeObject): KubeObject | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialOf(object);
}
