export type ReadinessState = 'current' | 'in_progress' | 'failed' | 'terminating' | 'not_found' | 'unknown';

/** How far an object is from what its spec asks, and why that is said. */
export interface Readiness {
  readonly state: ReadinessState;
  readonly message: string;
}
