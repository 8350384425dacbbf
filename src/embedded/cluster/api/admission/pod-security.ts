import type { Fields } from '../../store/fields.js';
import { BASELINE, type Check } from './pod-security-baseline.js';
import { RESTRICTED } from './pod-security-restricted.js';
import type { Violation } from './pod-security-text.js';

export type Level = 'privileged' | 'baseline' | 'restricted';
export type Mode = 'enforce' | 'warn';

/** A policy that a namespace's labels ask for. */
export interface Policy {
  level: Level;
  /** `latest`, or `v1.34` */
  version: string;
}

// The restricted policy has stricter checks in the place of these.
const { capabilities: _capabilities, hostPathVolumes: _volumes, seccomp: _seccomp, ...kept } = BASELINE;

const CHECKS: Readonly<Record<Level, readonly Check[]>> = {
  privileged: [],
  baseline: Object.values(BASELINE),
  restricted: [...Object.values(kept), ...RESTRICTED],
};

/** The policy of a namespace for a mode. A level that does not exist counts as the strictest, as the real one has it. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined, mode: Mode): Policy {
  const label = labels?.[`pod-security.kubernetes.io/${mode}`];
  const version = labels?.[`pod-security.kubernetes.io/${mode}-version`] ?? 'latest';
  if (label === undefined) return { level: 'privileged', version };
  return { level: label === 'privileged' || label === 'baseline' ? label : 'restricted', version };
}

/** What a pod violates, in the words of the real admission; undefined when the policy allows it. */
export function violationText(policy: Policy, spec: Fields): string | undefined {
  const found = CHECKS[policy.level]
    .map((check) => check(spec))
    .filter((violation): violation is Violation => violation !== undefined);
  if (found.length === 0) return undefined;
  const list = found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
  return `violate PodSecurity "${policy.level}:${policy.version}": ${list}`;
}
