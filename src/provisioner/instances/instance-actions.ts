import type { DesiredState, InstanceStatus } from './instance.js';

/** What a caller may ask of an instance that exists. */
export type InstanceAction = 'start' | 'stop' | 'restart' | 'repair' | 'uninstall';

interface ActionRule {
  /** The states in which it is allowed. */
  readonly from: readonly InstanceStatus[];
  /** What the row becomes at once, before any work starts. */
  readonly change: { readonly status?: InstanceStatus; readonly desired_state?: DesiredState };
  /** What to do instead, for whoever asks in another state. */
  readonly refusal: string;
}

export const actions: Readonly<Record<InstanceAction, ActionRule>> = {
  start: {
    from: ['stopped', 'error'],
    change: { status: 'starting', desired_state: 'running' },
    refusal: 'only a stopped one, or one in error, can be started',
  },
  stop: {
    from: ['running', 'degraded'],
    change: { status: 'stopping', desired_state: 'stopped' },
    refusal: 'only a running or degraded one can be stopped',
  },
  restart: {
    from: ['running', 'degraded'],
    change: { status: 'restarting' },
    refusal: 'only a running or degraded one can be restarted; start a stopped one',
  },
  repair: {
    from: ['running', 'degraded', 'stopped', 'error'],
    change: {},
    refusal:
      'only a running, degraded or stopped one, or one in error, can be repaired; one whose uninstall failed is uninstalled again',
  },
  uninstall: {
    from: ['provisioning', 'running', 'degraded', 'stopped', 'error'],
    change: { status: 'uninstalling', desired_state: 'absent' },
    refusal: 'wait until what is under way has ended',
  },
};
