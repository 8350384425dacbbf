/** A rendered object, as much of it as the checks look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: ManifestSpec;
  readonly data?: Record<string, string>;
  readonly rules?: readonly PolicyRule[];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly fsGroup?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { name: string; value?: string; valueFrom?: unknown }[];
  readonly envFrom?: readonly unknown[];
  readonly securityContext?: SecurityContext;
  readonly resources?: unknown;
  readonly volumeMounts?: readonly { name: string; mountPath: string }[];
  readonly [probe: `${string}Probe`]: unknown;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly imagePullSecrets?: readonly { name: string }[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Record<string, unknown>[];
  readonly topologySpreadConstraints?: readonly unknown[];
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: PodSpec;
}

/** The specs of all kinds in one: the pod of a Pod, of a workload and of a CronJob, and what else there is. */
export interface ManifestSpec extends Partial<PodSpec> {
  readonly template?: PodTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  readonly selector?: Record<string, unknown>;
  readonly volumeClaimTemplates?: readonly {
    readonly metadata: { readonly name?: string; readonly labels?: Record<string, string> };
    readonly spec?: unknown;
  }[];
  readonly [other: string]: unknown;
}

/** The pod an object makes, or undefined when it makes none. */
export function podTemplateOf({ kind, metadata, spec }: Manifest): PodTemplate | undefined {
  if (kind === 'Pod') return { metadata, spec: { ...spec, containers: spec?.containers ?? [] } };
  return spec?.template ?? spec?.jobTemplate?.spec.template;
}

/** The one object of that kind (and name); throws when there is none or more. */
export function only(objects: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} objects of kind ${kind} ${name ?? ''}`);
  return first;
}

/** The pod of the one Deployment. */
export function deploymentPod(objects: readonly Manifest[]): PodTemplate {
  const template = podTemplateOf(only(objects, 'Deployment'));
  if (template === undefined) throw new Error('a Deployment without a pod');
  return template;
}

/** The pod of the one workload of helm/tenantry, which is of either kind. */
export function serverPod(objects: readonly Manifest[]): PodTemplate {
  const template = podTemplateOf(serverWorkload(objects));
  if (template === undefined) throw new Error('a workload without a pod');
  return template;
}

export function serverWorkload(objects: readonly Manifest[]): Manifest {
  const [workload, ...others] = objects.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
  if (workload === undefined || others.length > 0) throw new Error('not one workload');
  return workload;
}
