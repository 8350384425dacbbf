/**
 * A Kubernetes cluster that Tenantry drives: somebody's real one, or the embedded one of an evaluation.
 * `start` makes `kubeconfigPath` usable by helm, kubectl and this process; `stop` takes back what `start` made.
 */
export abstract class Cluster {
  /** How instances name the cluster they are bound to. */
  abstract readonly name: string;
  /** Absolute path of a kubeconfig whose current context is this cluster. Valid after `start`. */
  abstract readonly kubeconfigPath: string;
  /** True when pods are only pretended. */
  abstract readonly simulated: boolean;
  /** One line for banners and the admin page; holds no credentials. */
  abstract describe(): string;
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
}
