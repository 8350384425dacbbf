import { fieldsAt, itemsAt, numberAt, valueAt, type Fields } from '../../store/fields.js';
import { containersOf, nameOf } from './pod-spec.js';
import { addedCapabilities, badSeccomp, offenders, seccompBaseline, type Check } from './pod-security-baseline.js';
import { named, quoted, setters, sortedSet } from './pod-security-text.js';

const ALLOWED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function containersWhere(spec: Fields, bad: (container: unknown) => boolean): string[] {
  return containersOf(spec)
    .filter((container) => bad(container))
    .map(nameOf);
}

const privilegeEscalation: Check = (spec) => {
  const names = containersWhere(
    spec,
    (container) => valueAt(container, 'securityContext', 'allowPrivilegeEscalation') !== false,
  );
  if (names.length === 0) return undefined;
  const detail = `${named('container', names)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

const capabilities: Check = (spec) => {
  const keeping = containersWhere(
    spec,
    (container) => !itemsAt(container, 'securityContext', 'capabilities', 'drop').includes('ALL'),
  );
  const { names, values } = offenders(spec, (container) =>
    addedCapabilities(container).filter((capability) => capability !== 'NET_BIND_SERVICE'),
  );
  const details: string[] = [];
  if (keeping.length > 0)
    details.push(`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (names.length > 0)
    details.push(`${named('container', names)} must not include ${quoted(values)} in securityContext.capabilities.add`);
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const volumes: Check = (spec) => {
  const bad = itemsAt(spec, 'volumes').flatMap((volume) => {
    const type = Object.keys(fieldsAt(volume)).find((member) => member !== 'name') ?? 'emptyDir';
    return ALLOWED_VOLUMES.has(type) ? [] : [{ name: nameOf(volume), type }];
  });
  if (bad.length === 0) return undefined;
  const verb = bad.length === 1 ? 'uses' : 'use';
  const types = sortedSet(bad.map(({ type }) => type));
  const detail = `${named(
    'volume',
    bad.map(({ name }) => name),
  )} ${verb} ${named('restricted volume type', types)}`;
  return { reason: 'restricted volume types', detail };
};

function nonRootOf(object: unknown): unknown {
  return valueAt(object, 'securityContext', 'runAsNonRoot');
}

const runAsNonRoot: Check = (spec) => {
  const reason = 'runAsNonRoot != true';
  const explicit = containersWhere(spec, (container) => nonRootOf(container) === false);
  const podSaysNo = nonRootOf(spec) === false;
  if (podSaysNo || explicit.length > 0) {
    return { reason, detail: `${setters(podSaysNo, explicit)} must not set securityContext.runAsNonRoot=false` };
  }
  if (nonRootOf(spec) === true) return undefined;
  const silent = containersWhere(spec, (container) => nonRootOf(container) === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true` };
};

function isRoot(object: unknown): boolean {
  return numberAt(object, 'securityContext', 'runAsUser') === 0;
}

const runAsUser: Check = (spec) => {
  const names = containersWhere(spec, isRoot);
  if (!isRoot(spec) && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(isRoot(spec), names)} must not set runAsUser=0` };
};

function profileOf(object: unknown): unknown {
  return valueAt(object, 'securityContext', 'seccompProfile');
}

const seccomp: Check = (spec) => {
  const bad = seccompBaseline(spec);
  if (bad !== undefined) return bad;
  if (profileOf(spec) !== undefined && badSeccomp(spec).length === 0) return undefined;
  const silent = containersWhere(spec, (container) => profileOf(container) === undefined);
  if (silent.length === 0) return undefined;
  const who = named('container', silent);
  return {
    reason: 'seccompProfile',
    detail: `pod or ${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

/** The checks that `restricted` adds, in the order their findings are listed. */
export const RESTRICTED: readonly Check[] = [
  privilegeEscalation,
  capabilities,
  volumes,
  runAsNonRoot,
  runAsUser,
  seccomp,
];
