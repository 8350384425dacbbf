import { policyOf, violationText, type Level } from './pod-security.js';

const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

function spec(securityContext: object | undefined, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return { containers: [{ name: 'app', ...(securityContext === undefined ? {} : { securityContext }) }], ...rest };
}

function found(level: Level, podSpec: Record<string, unknown>): string | undefined {
  return violationText({ level, version: 'latest' }, podSpec);
}

describe('policyOf', () => {
  it.each([
    [undefined, { level: 'privileged', version: 'latest' }],
    [{ 'pod-security.kubernetes.io/enforce': 'baseline' }, { level: 'baseline', version: 'latest' }],
    [
      { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.34' },
      { level: 'restricted', version: 'v1.34' },
    ],
    [{ 'pod-security.kubernetes.io/enforce': 'typo' }, { level: 'restricted', version: 'latest' }],
    [{ 'pod-security.kubernetes.io/warn': 'restricted' }, { level: 'privileged', version: 'latest' }],
  ])('of labels %j', (labels, expected) => {
    expect(policyOf(labels, 'enforce')).toEqual(expected);
  });
});

describe('restricted', () => {
  it('allows a pod that takes nothing', () => {
    expect(found('restricted', spec(SAFE))).toBeUndefined();
  });

  it('names all that an ordinary pod lacks, as the real admission does', () => {
    expect(found('restricted', spec(undefined))).toBe(
      'violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it('takes from the pod what its containers do not say', () => {
    const { runAsNonRoot, seccompProfile, ...container } = SAFE;
    expect(found('restricted', spec(container, { securityContext: { runAsNonRoot, seccompProfile } }))).toBeUndefined();
  });

  it('looks at init containers first', () => {
    const two = { initContainers: [{ name: 'init' }], containers: [{ name: 'app' }] };
    expect(found('restricted', two)).toContain(
      'containers "init", "app" must set securityContext.allowPrivilegeEscalation=false',
    );
  });

  it.each([
    [
      'a capability',
      spec({ ...SAFE, capabilities: { drop: ['ALL'], add: ['CHOWN'] } }),
      'unrestricted capabilities (container "app" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    ['a root container', spec({ ...SAFE, runAsUser: 0 }), 'runAsUser=0 (container "app" must not set runAsUser=0)'],
    ['a root pod', spec(SAFE, { securityContext: { runAsUser: 0 } }), 'runAsUser=0 (pod must not set runAsUser=0)'],
    [
      'an explicit root',
      spec({ ...SAFE, runAsNonRoot: false }),
      'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'a volume of the host',
      spec(SAFE, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    ],
    [
      'an unconfined container',
      spec({ ...SAFE, seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
  ])('refuses %s', (_what, podSpec, expected) => {
    expect(found('restricted', podSpec)).toBe(`violate PodSecurity "restricted:latest": ${expected}`);
  });

  it.each(['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'])(
    'allows a volume of type %s',
    (type) => {
      expect(found('restricted', spec(SAFE, { volumes: [{ name: 'v', [type]: {} }] }))).toBeUndefined();
    },
  );

  it('allows to bind low ports', () => {
    expect(
      found('restricted', spec({ ...SAFE, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })),
    ).toBeUndefined();
  });
});

describe('baseline', () => {
  it('allows an ordinary pod', () => {
    expect(found('baseline', spec(undefined))).toBeUndefined();
  });

  it.each([
    [
      'host namespaces',
      spec(undefined, { hostNetwork: true, hostPID: true }),
      'host namespaces (hostNetwork=true, hostPID=true)',
    ],
    [
      'a volume of the host',
      spec(undefined, { volumes: [{ name: 'v', hostPath: {} }] }),
      'hostPath volumes (volume "v")',
    ],
    [
      'a privileged container',
      spec({ privileged: true }),
      'privileged (container "app" must not set securityContext.privileged=true)',
    ],
    [
      'a strong capability',
      spec({ capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } }),
      'non-default capabilities (container "app" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      'a port of the host',
      { containers: [{ name: 'app', ports: [{ hostPort: 80 }, { containerPort: 1 }] }] },
      'hostPort (container "app" uses hostPort 80)',
    ],
    [
      'a probe of another host',
      { containers: [{ name: 'app', livenessProbe: { httpGet: { host: 'h' } } }] },
      'probe or lifecycle host (container "app" uses probe or lifecycle host "h")',
    ],
    [
      'an unmasked proc',
      spec({ procMount: 'Unmasked' }),
      'procMount (container "app" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'an unconfined profile',
      spec(undefined, { securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'an SELinux user',
      spec({ seLinuxOptions: { user: 'u' } }),
      'seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: user may not be set)',
    ],
    [
      'an SELinux type',
      spec({ seLinuxOptions: { type: 't' } }),
      'seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: type "t")',
    ],
    [
      'an unsafe sysctl',
      spec(undefined, { securityContext: { sysctls: [{ name: 'kernel.msgmax' }] } }),
      'forbidden sysctls (kernel.msgmax)',
    ],
  ])('refuses %s', (_what, podSpec, expected) => {
    expect(found('baseline', podSpec)).toBe(`violate PodSecurity "baseline:latest": ${expected}`);
  });
});

describe('privileged', () => {
  it('allows everything', () => {
    expect(found('privileged', spec({ privileged: true }, { hostNetwork: true }))).toBeUndefined();
  });
});
