import { TenantryError, type ErrorKind } from '../platform/errors.js';

/** Every cause this room tells apart. The first fifteen are public codes of operations. */
export type FailureCode =
  | 'helm_missing'
  | 'kubectl_missing'
  | 'cluster_unreachable'
  | 'chart_not_found'
  | 'values_invalid'
  | 'render_failed'
  | 'quota_exceeded'
  | 'image_pull_failed'
  | 'crash_loop'
  | 'unschedulable'
  | 'namespace_terminating'
  | 'release_locked'
  | 'conflict'
  | 'name_taken'
  | 'forbidden'
  | 'hook_failed'
  | 'probe_failed'
  | 'volume_pending'
  | 'timeout'
  | 'cancelled'
  | 'unknown';

/** What failed, whether trying again can help, and what a person would do next. `message` never holds values or secrets. */
export interface ClusterFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly next_action: string;
}

const ADVICE: Record<FailureCode, { readonly retryable: boolean; readonly next_action: string }> = {
  helm_missing: {
    retryable: false,
    next_action: 'Install helm 3 or 4, or set HELM_BIN to the path of an executable helm, then repeat the operation.',
  },
  kubectl_missing: {
    retryable: false,
    next_action: 'Install kubectl, or set KUBECTL_BIN to the path of an executable kubectl, then repeat the operation.',
  },
  cluster_unreachable: {
    retryable: true,
    next_action: 'Check that the Kubernetes API server answers; the operation goes on by itself when it does.',
  },
  chart_not_found: {
    retryable: false,
    next_action: 'Check the chart path, reference and version of the blueprint.',
  },
  values_invalid: {
    retryable: false,
    next_action: "Correct the values so that they satisfy the chart's schema, then upgrade or repeat.",
  },
  render_failed: {
    retryable: false,
    next_action: 'Correct the chart or the values: the templates do not render to objects that the cluster accepts.',
  },
  quota_exceeded: {
    retryable: false,
    next_action: "Raise the resources of the tenant's plan or lower what the values ask for.",
  },
  image_pull_failed: {
    retryable: false,
    next_action: 'Check the image name and tag, and that the pull secret gives access to the registry.',
  },
  crash_loop: {
    retryable: false,
    next_action: 'Read the last log lines, correct the application or its values, then upgrade or repair.',
  },
  unschedulable: {
    retryable: true,
    next_action: 'Give the cluster nodes with room for the pod, or lower its requests and constraints.',
  },
  namespace_terminating: {
    retryable: true,
    next_action: 'Wait until the namespace is gone; remove the finalizers that hold it only if their owner cannot.',
  },
  release_locked: {
    retryable: true,
    next_action: 'Another helm operation holds the release; it is recovered once no live process owns it.',
  },
  conflict: {
    retryable: false,
    next_action: 'Something else owns this object or field; remove it or give it to this release, then repeat.',
  },
  name_taken: {
    retryable: true,
    next_action: 'A release of this name was made at the same moment; its state is read and the operation goes on.',
  },
  forbidden: {
    retryable: false,
    next_action: "Give Tenantry's service account the missing permission.",
  },
  hook_failed: {
    retryable: false,
    next_action: 'Read the logs of the hook job that failed, correct its cause, then repeat.',
  },
  probe_failed: {
    retryable: false,
    next_action:
      'The application runs but does not pass its probe: check the probe and what the application waits for.',
  },
  volume_pending: {
    retryable: true,
    next_action: 'Check the storage class and that the cluster can provision the volume.',
  },
  timeout: { retryable: true, next_action: 'The cluster did not get there in time; look at what it was waiting for.' },
  cancelled: { retryable: true, next_action: 'The work was stopped on request; repeat it when wanted.' },
  unknown: { retryable: true, next_action: 'Read the message; repeat the operation or repair the instance.' },
};

/** A failure of that code with its standing advice. The message is cut at 2,000 characters. */
export function failureOf(code: FailureCode, message: string): ClusterFailure {
  return { code, message: message.length > 2000 ? `${message.slice(0, 1999)}…` : message, ...ADVICE[code] };
}

/** The same failure as an error to throw; `members` carry its advice and whatever else is worth keeping. */
export function errorOf(
  failure: ClusterFailure,
  members: Record<string, unknown> = {},
  cause?: unknown,
): TenantryError {
  const { code, message, retryable, next_action } = failure;
  const all = { ...members, retryable, next_action };
  return new TenantryError(KIND[code] ?? 'unavailable', code, message, { members: all, ...(cause ? { cause } : {}) });
}

/** The failure that an error of this room carries; undefined for any other error. */
export function failureFrom(error: unknown): ClusterFailure | undefined {
  if (!(error instanceof TenantryError) || !isFailureCode(error.code)) return undefined;
  return failureOf(error.code, error.message);
}

/** Kinds of what is not simply unavailable. That the cluster forbids Tenantry something forbids its caller nothing. */
const KIND: Partial<Record<FailureCode, ErrorKind>> = {
  chart_not_found: 'unprocessable',
  values_invalid: 'unprocessable',
  render_failed: 'unprocessable',
  quota_exceeded: 'unprocessable',
  conflict: 'conflict',
  name_taken: 'conflict',
  release_locked: 'conflict',
  namespace_terminating: 'conflict',
};

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(ADVICE, code);
}
