import { isFields, itemsAt, numberAt, stringAt, valueAt, type Fields } from '../../store/fields.js';
import { containersOf, nameOf } from './pod-spec.js';
import { named, quoted, setters, sortedSet, type Violation } from './pod-security-text.js';

export type Check = (spec: Fields) => Violation | undefined;

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

const SELINUX_TYPES: ReadonlySet<string> = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);

export function addedCapabilities(container: unknown): string[] {
  return itemsAt(container, 'securityContext', 'capabilities', 'add').map(String);
}

/** Names and values of what is wrong in each container. */
export function offenders(spec: Fields, bad: (container: unknown) => readonly string[]) {
  const names: string[] = [];
  const values: string[] = [];
  for (const container of containersOf(spec)) {
    const found = bad(container);
    if (found.length > 0) names.push(nameOf(container));
    values.push(...found);
  }
  return { names, values: sortedSet(values) };
}

const capabilities: Check = (spec) => {
  const { names, values } = offenders(spec, (container) =>
    addedCapabilities(container).filter((capability) => !DEFAULT_CAPABILITIES.has(capability)),
  );
  if (names.length === 0) return undefined;
  const detail = `${named('container', names)} must not include ${quoted(values)} in securityContext.capabilities.add`;
  return { reason: 'non-default capabilities', detail };
};

const hostNamespaces: Check = (spec) => {
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((member) => spec[member] === true);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((member) => `${member}=true`).join(', ') };
};

const hostPathVolumes: Check = (spec) => {
  const volumes = itemsAt(spec, 'volumes').filter((volume) => valueAt(volume, 'hostPath') !== undefined);
  if (volumes.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: named('volume', volumes.map(nameOf)) };
};

const hostPorts: Check = (spec) => {
  const { names, values } = offenders(spec, (container) =>
    itemsAt(container, 'ports').flatMap((port) => {
      const number = numberAt(port, 'hostPort') ?? 0;
      return number === 0 ? [] : [String(number)];
    }),
  );
  if (names.length === 0) return undefined;
  const verb = names.length === 1 ? 'uses' : 'use';
  const ports = values.length === 1 ? 'hostPort' : 'hostPorts';
  return { reason: 'hostPort', detail: `${named('container', names)} ${verb} ${ports} ${values.join(', ')}` };
};

function hostsOf(handler: unknown): string[] {
  const hosts = [stringAt(handler, 'httpGet', 'host'), stringAt(handler, 'tcpSocket', 'host')];
  return hosts.filter((host): host is string => host !== undefined && host !== '');
}

const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
];

const probeHosts: Check = (spec) => {
  const { names, values } = offenders(spec, (container) =>
    HANDLERS.flatMap((path) => hostsOf(valueAt(container, ...path))),
  );
  if (names.length === 0) return undefined;
  const verb = names.length === 1 ? 'uses' : 'use';
  const detail = `${named('container', sortedSet(names))} ${verb} ${named('probe or lifecycle host', values)}`;
  return { reason: 'probe or lifecycle host', detail };
};

const privileged: Check = (spec) => {
  const { names } = offenders(spec, (container) =>
    valueAt(container, 'securityContext', 'privileged') === true ? ['true'] : [],
  );
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${named('container', names)} must not set securityContext.privileged=true` };
};

const procMount: Check = (spec) => {
  const { names, values } = offenders(spec, (container) => {
    const mount = stringAt(container, 'securityContext', 'procMount') ?? 'Default';
    return mount === 'Default' ? [] : [mount];
  });
  if (names.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail: `${named('container', names)} must not set securityContext.procMount to ${quoted(values)}`,
  };
};

function badAppArmor(object: unknown): string[] {
  const type = stringAt(object, 'securityContext', 'appArmorProfile', 'type');
  return type === undefined || type === 'RuntimeDefault' || type === 'Localhost' ? [] : [type];
}

const appArmor: Check = (spec) => {
  const ofPod = badAppArmor(spec);
  const { names, values } = offenders(spec, badAppArmor);
  if (ofPod.length === 0 && names.length === 0) return undefined;
  const all = sortedSet([...ofPod, ...values]);
  const reason = `forbidden AppArmor ${all.length === 1 ? 'profile' : 'profiles'}`;
  return { reason, detail: `${setters(ofPod.length > 0, names)} must not set AppArmor profile type to ${quoted(all)}` };
};

function seLinuxOf(object: unknown): unknown {
  return valueAt(object, 'securityContext', 'seLinuxOptions');
}

function isBadSeLinux(options: unknown): boolean {
  return (
    isFields(options) &&
    (!SELINUX_TYPES.has(stringAt(options, 'type') ?? '') || Boolean(options['user']) || Boolean(options['role']))
  );
}

const seLinuxOptions: Check = (spec) => {
  const holders = [spec, ...containersOf(spec)].filter((object) => isBadSeLinux(seLinuxOf(object)));
  if (holders.length === 0) return undefined;
  const options = holders.map(seLinuxOf);
  const types = sortedSet(
    options.map((option) => stringAt(option, 'type') ?? '').filter((type) => !SELINUX_TYPES.has(type)),
  );
  const data = types.length > 0 ? [named('type', types)] : [];
  if (options.some((option) => valueAt(option, 'user'))) data.push('user may not be set');
  if (options.some((option) => valueAt(option, 'role'))) data.push('role may not be set');
  const who = setters(holders.includes(spec), holders.filter((holder) => holder !== spec).map(nameOf));
  return {
    reason: 'seLinuxOptions',
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
  };
};

/** Profiles that no policy allows: anything named that is neither of the two good ones. */
export function badSeccomp(object: unknown): string[] {
  const type = stringAt(object, 'securityContext', 'seccompProfile', 'type');
  return type === undefined || type === 'RuntimeDefault' || type === 'Localhost' ? [] : [type];
}

export const seccompBaseline: Check = (spec) => {
  const ofPod = badSeccomp(spec);
  const { names, values } = offenders(spec, badSeccomp);
  if (ofPod.length === 0 && names.length === 0) return undefined;
  const all = quoted(sortedSet([...ofPod, ...values]));
  const detail = `${setters(ofPod.length > 0, names)} must not set securityContext.seccompProfile.type to ${all}`;
  return { reason: 'seccompProfile', detail };
};

const sysctls: Check = (spec) => {
  const names = itemsAt(spec, 'securityContext', 'sysctls')
    .map(nameOf)
    .filter((name) => !SAFE_SYSCTLS.has(name));
  return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
};

/** The checks of the `baseline` policy, in the order their findings are listed. */
export const BASELINE = {
  appArmor,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  probeHosts,
  privileged,
  procMount,
  seLinuxOptions,
  seccomp: seccompBaseline,
  sysctls,
} as const;
