import type { Container, Pod } from '../pod-kinds.js';

const FAULTS = ['never-ready', 'crash', 'pull-fail', 'slow-start', 'hang-termination', 'oom', 'fail'] as const;

/** What a pretended container does wrong. */
export type Fault = (typeof FAULTS)[number];

const FAULT_ANNOTATION = 'embedded.tenantry.io/fault';
const READY_AFTER_ANNOTATION = 'embedded.tenantry.io/ready-after-ms';

/** The fault that the pod's annotation asks for, or the last segment or the tag of the container's image. */
export function faultOf(pod: Pod, container: Container): Fault | undefined {
  const { name, tag } = imageParts(container.image);
  const asked = [pod.metadata.annotations?.[FAULT_ANNOTATION], name, tag];
  return asked.flatMap((word) => FAULTS.find((fault) => fault === word) ?? [])[0];
}

/** Whether the pod takes its whole grace to end. */
export function hangsAtTermination(pod: Pod): boolean {
  return pod.spec.containers.some((container) => faultOf(pod, container) === 'hang-termination');
}

/** Milliseconds until ready (or, for what is to end, until its end) if the pod's annotation says so. */
export function readyAfterMs(pod: Pod): number | undefined {
  const asked = Number(pod.metadata.annotations?.[READY_AFTER_ANNOTATION] ?? Number.NaN);
  return Number.isFinite(asked) && asked >= 0 ? asked : undefined;
}

/** `registry:5000/team/app:1.2@sha256:…` has the name `app` and the tag `1.2`. */
export function imageParts(image: string): { name: string; tag: string | undefined } {
  const [reference = ''] = image.split('@');
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return colon < 0 ? { name: last, tag: undefined } : { name: last.slice(0, colon), tag: last.slice(colon + 1) };
}
