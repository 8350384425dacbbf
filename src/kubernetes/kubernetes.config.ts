import { join, resolve } from 'node:path';
import { z } from 'zod';

/** Which cluster Tenantry drives, and with which programs. */
export const kubernetesEnvironment = z
  .object({
    TENANTRY_CLUSTER: z.enum(['embedded', 'kubeconfig', 'in-cluster']).default('embedded'),
    TENANTRY_CLUSTER_NAME: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes; at most 63')
      .default('default'),
    TENANTRY_KUBE_CONTEXT: z.string().optional(),
    KUBECONFIG: z.string().optional(),
    KUBERNETES_SERVICE_HOST: z.string().optional(),
    KUBERNETES_SERVICE_PORT: z.string().default('443'),
    HOME: z.string().optional(),
    PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
    HELM_BIN: z.string().optional(),
    KUBECTL_BIN: z.string().optional(),
  })
  .superRefine((environment, context) => {
    if (environment.TENANTRY_CLUSTER === 'in-cluster' && environment.KUBERNETES_SERVICE_HOST === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['TENANTRY_CLUSTER'],
        message: 'in-cluster works only in a pod of Kubernetes',
      });
    }
  });

export type ClusterChoice =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'kubeconfig'; readonly kubeconfig: string; readonly context: string | undefined }
  | { readonly kind: 'in-cluster'; readonly host: string; readonly port: string };

export class KubernetesConfig {
  readonly cluster: ClusterChoice;
  /** How instances name the cluster they are bound to. */
  readonly clusterName: string;
  readonly searchPath: string;
  /** Absolute: whoever writes a path of their own means it from where the service was started. */
  readonly helmBin: string | undefined;
  readonly kubectlBin: string | undefined;

  constructor(environment: z.infer<typeof kubernetesEnvironment>) {
    this.clusterName = environment.TENANTRY_CLUSTER_NAME;
    this.searchPath = environment.PATH;
    this.helmBin = absolute(environment.HELM_BIN);
    this.kubectlBin = absolute(environment.KUBECTL_BIN);
    this.cluster = choiceOf(environment);
  }
}

function choiceOf(environment: z.infer<typeof kubernetesEnvironment>): ClusterChoice {
  switch (environment.TENANTRY_CLUSTER) {
    case 'embedded':
      return { kind: 'embedded' };
    case 'kubeconfig':
      return {
        kind: 'kubeconfig',
        kubeconfig: environment.KUBECONFIG ?? join(environment.HOME ?? '/', '.kube', 'config'),
        context: environment.TENANTRY_KUBE_CONTEXT,
      };
    case 'in-cluster':
      return {
        kind: 'in-cluster',
        host: environment.KUBERNETES_SERVICE_HOST ?? '',
        port: environment.KUBERNETES_SERVICE_PORT,
      };
  }
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
