import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * A registry that also tells how the process does (memory, CPU, event loop, garbage collection). For main alone: what
 * watches the garbage collector cannot be stopped again.
 */
export function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
