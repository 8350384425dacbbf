import { Injectable } from '@nestjs/common';
import { listAt, textAt, valueAt } from '../../kubernetes/json-value.js';
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { ObjectClient } from '../../kubernetes/object.client.js';
import type { Difference } from './compare.js';

const apiVersions: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  CronJob: 'batch/v1',
};

/** Finds out who changed a field: the field manager that owns it now, and when it wrote. */
@Injectable()
export class ChangeAuthor {
  constructor(private readonly objects: ObjectClient) {}

  /** `<manager> at <time>`, or null where the cluster does not tell (an object that is gone has no managers). */
  async of({ kind, name, namespace, path }: Difference): Promise<string | null> {
    const apiVersion = apiVersions[kind];
    if (apiVersion === undefined || path === '') return null;
    const live = await this.objects.get({ apiVersion, kind, name, namespace });
    return live === undefined ? null : authorOf(live, path);
  }
}

/** The newest manager that owns the field at a finding's path. Pure. */
export function authorOf(object: KubernetesObject, path: string): string | null {
  const keys = fieldKeys(path);
  const owners = listAt(object, 'metadata', 'managedFields')
    .filter((entry) => valueAt(entry, 'fieldsV1', ...keys) !== undefined)
    .sort((a, b) => (textAt(b, 'time') ?? '').localeCompare(textAt(a, 'time') ?? ''));
  const manager = textAt(owners[0], 'manager');
  return manager === undefined ? null : `${manager} at ${textAt(owners[0], 'time') ?? 'an unknown time'}`;
}

/** `/spec/template/spec/containers/web/image` as managed fields write it: list items of ours are named containers. */
function fieldKeys(path: string): string[] {
  const parts = path.split('/').slice(1);
  const isName = (index: number): boolean => ['containers', 'initContainers'].includes(parts[index - 1] ?? '');
  return parts.map((part, index) => (isName(index) ? `k:{"name":"${part}"}` : `f:${part}`));
}
