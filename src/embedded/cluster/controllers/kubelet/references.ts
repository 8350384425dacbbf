import { fieldsAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { Container, Pod } from '../pod-kinds.js';

type Source = '/configmaps' | '/secrets';

/** Finds a ConfigMap or Secret of the pod's namespace. */
export type Lookup = (source: Source, name: string) => KubeObject | undefined;

interface Wanted {
  source: Source;
  name: string;
  key?: string;
}

const WORD = {
  '/configmaps': { lower: 'configmap', kind: 'ConfigMap' },
  '/secrets': { lower: 'secret', kind: 'Secret' },
};

/** Why the environment of a container cannot be made, in the kubelet's words; undefined when it can. */
export function missingInEnvironment(container: Container, namespace: string, lookup: Lookup): string | undefined {
  for (const { source, name, key } of environmentOf(container)) {
    const found = lookup(source, name);
    if (found === undefined) return `${WORD[source].lower} "${name}" not found`;
    if (key !== undefined && !hasKey(found, key))
      return `couldn't find key ${key} in ${WORD[source].kind} ${namespace}/${name}`;
  }
  return undefined;
}

function hasKey(object: KubeObject, key: string): boolean {
  return (
    key in fieldsAt(object, 'data') || key in fieldsAt(object, 'binaryData') || key in fieldsAt(object, 'stringData')
  );
}

function environmentOf({ env = [], envFrom = [] }: Container): Wanted[] {
  const wanted: (Wanted & { optional: boolean })[] = [];
  for (const { configMapRef, secretRef } of envFrom) {
    for (const [source, ref] of [
      ['/configmaps', configMapRef],
      ['/secrets', secretRef],
    ] as const) {
      if (ref?.name !== undefined) wanted.push({ source, name: ref.name, optional: ref.optional === true });
    }
  }
  for (const { valueFrom } of env) {
    for (const [source, ref] of [
      ['/configmaps', valueFrom?.configMapKeyRef],
      ['/secrets', valueFrom?.secretKeyRef],
    ] as const) {
      if (ref?.name !== undefined)
        wanted.push({ source, name: ref.name, key: ref.key, optional: ref.optional === true });
    }
  }
  return wanted.filter(({ optional }) => !optional);
}

/** Why a volume of the pod cannot be mounted, in the kubelet's words; undefined when all can. */
export function missingVolume(pod: Pod, lookup: Lookup): string | undefined {
  for (const { volume, source, name } of volumeSources(pod)) {
    if (lookup(source, name) === undefined) {
      return `MountVolume.SetUp failed for volume "${volume}" : ${WORD[source].lower} "${name}" not found`;
    }
  }
  return undefined;
}

function volumeSources(pod: Pod): { volume: string; source: Source; name: string }[] {
  return (pod.spec.volumes ?? []).flatMap(({ name: volume, configMap, secret, projected }) => {
    const sources = [
      { source: '/configmaps', name: configMap?.name, optional: configMap?.optional },
      { source: '/secrets', name: secret?.secretName, optional: secret?.optional },
      ...(projected?.sources ?? []).flatMap((part) => [
        { source: '/configmaps', name: part.configMap?.name, optional: part.configMap?.optional } as const,
        { source: '/secrets', name: part.secret?.name, optional: part.secret?.optional } as const,
      ]),
    ] as const;
    return sources.flatMap(({ source, name, optional }) =>
      name === undefined || optional === true ? [] : [{ volume, source, name }],
    );
  });
}
