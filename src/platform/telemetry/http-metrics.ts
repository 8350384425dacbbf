import type { Registry } from 'prom-client';
import { Histogram } from 'prom-client';

/** How long requests take, by route template, so that ids in paths make no series of their own. */
export class HttpMetrics {
  private readonly duration: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: 'tenantry_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  /** @param route the template; undefined where no route matched. */
  observe(method: string, route: string | undefined, status: number, elapsedMs: number): void {
    this.duration.observe({ method, route: route ?? 'unmatched', status: String(status) }, elapsedMs / 1_000);
  }
}
