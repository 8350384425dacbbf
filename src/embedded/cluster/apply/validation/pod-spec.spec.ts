import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const pod = (spec: JsonObject): string[] =>
  faultsOf('v1', 'Pod', { spec: { containers: [{ name: 'a', image: 'a:1' }], ...spec } });

describe('the spec of a pod', () => {
  it.each([
    [
      { restartPolicy: 'Maybe' },
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      { dnsPolicy: 'Mine' },
      'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"',
    ],
    [{ dnsPolicy: 'None' }, 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    [
      { dnsPolicy: 'None', dnsConfig: {} },
      'spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None',
    ],
    [
      { activeDeadlineSeconds: 0 },
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ],
    [
      { securityContext: { fsGroup: -2 } },
      'spec.securityContext.fsGroup: Invalid value: -2: must be between 0 and 2147483647, inclusive',
    ],
    [
      { serviceAccountName: 'A' },
      expect.stringContaining('spec.serviceAccountName: Invalid value: "A": a lowercase RFC 1123 subdomain'),
    ],
    [{ hostname: 'a.b' }, 'spec.hostname: Invalid value: "a.b": must not contain dots'],
    [{ imagePullSecrets: [{}] }, 'spec.imagePullSecrets[0].name: Required value'],
    [{ nodeSelector: { a: '!' } }, expect.stringContaining('spec.nodeSelector: Invalid value: "!": a valid label')],
  ])('refuses %j', (spec, expected) => {
    expect(pod(spec)).toEqual([expected]);
  });

  it('allows its own name servers', () => {
    expect(pod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } })).toEqual([]);
  });
});

describe('tolerations', () => {
  it.each([
    [
      { key: 'a', operator: 'Like' },
      'spec.tolerations[0].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
    ],
    [{ key: 'a', operator: 'Exists', value: 'x' }, "value must be empty when `operator` is 'Exists'"],
    [
      { value: 'x' },
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      { key: 'a', tolerationSeconds: 1, effect: 'NoSchedule' },
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
    [{ key: 'a', effect: 'Never' }, 'spec.tolerations[0].effect: Unsupported value: "Never"'],
    [{ key: 'a b' }, 'spec.tolerations[0].key: Invalid value: "a b"'],
  ])('refuse %j', (toleration, expected) => {
    expect(pod({ tolerations: [toleration] })).toEqual([expect.stringContaining(expected)]);
  });
});

describe('spread', () => {
  const at = 'spec.topologySpreadConstraints[0]';

  it('needs a skew, a key and an action', () => {
    expect(pod({ topologySpreadConstraints: [{}] })).toEqual([
      `${at}.maxSkew: Invalid value: 0: must be greater than zero`,
      `${at}.topologyKey: Required value: can not be empty`,
      `${at}.whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"`,
    ]);
    const whole = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    expect(pod({ topologySpreadConstraints: [whole] })).toEqual([]);
  });
});

describe('affinity', () => {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  const toNode = (term: JsonObject): string[] =>
    pod({ affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchExpressions: [term] }] } } } });
  const at = `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchExpressions[0]`;

  it.each([
    [{ key: 'a', operator: 'Like' }, `${at}.operator: Invalid value: "Like": not a valid selector operator`],
    [
      { key: 'a', operator: 'In' },
      `${at}.values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
    [
      { key: 'a', operator: 'Gt' },
      `${at}.values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
    ],
  ])('to nodes refuses %j', (term, expected) => {
    expect(toNode(term)).toEqual([expected]);
  });

  it('to nodes needs a term, and a weight when it is only preferred', () => {
    expect(pod({ affinity: { nodeAffinity: { [required]: {} } } })).toEqual([
      `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms: Required value: must have at least one node selector term`,
    ]);
    expect(pod({ affinity: { nodeAffinity: { [preferred]: [{ weight: 101 }] } } })).toEqual([
      `spec.affinity.nodeAffinity.${preferred}[0].weight: Invalid value: 101: must be in the range 1-100`,
    ]);
  });

  it('to pods needs a topology key', () => {
    expect(pod({ affinity: { podAntiAffinity: { [required]: [{ topologyKey: 'zone' }] } } })).toEqual([]);
    expect(pod({ affinity: { podAffinity: { [required]: [{}] } } })[0]).toBe(
      `spec.affinity.podAffinity.${required}[0].topologyKey: Required value: can not be empty`,
    );
    expect(
      pod({ affinity: { podAffinity: { [preferred]: [{ weight: 0, podAffinityTerm: { topologyKey: 'z' } }] } } }),
    ).toEqual([`spec.affinity.podAffinity.${preferred}[0].weight: Invalid value: 0: must be in the range 1-100`]);
  });
});
