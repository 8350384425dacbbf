import { Registry } from 'prom-client';
import { HttpMetrics } from './http-metrics.js';

describe('how long requests take', () => {
  it('is kept by method, route template and status', async () => {
    const registry = new Registry();
    const metrics = new HttpMetrics(registry);
    metrics.observe('GET', '/v1/tenants/:tenant', 200, 12);
    metrics.observe('GET', '/v1/tenants/:tenant', 200, 3);
    metrics.observe('GET', undefined, 404, 1);
    const text = await registry.metrics();
    expect(text).toContain(
      'tenantry_http_request_duration_seconds_count{method="GET",route="/v1/tenants/:tenant",status="200"} 2',
    );
    expect(text).toContain('_bucket{le="0.005",method="GET",route="/v1/tenants/:tenant",status="200"} 1');
    expect(text).toContain('_sum{method="GET",route="/v1/tenants/:tenant",status="200"} 0.015');
    expect(text).toContain('_count{method="GET",route="unmatched",status="404"} 1');
  });

  it('two applications in one process do not share it', async () => {
    const [one, other] = [new Registry(), new Registry()];
    new HttpMetrics(one).observe('GET', '/a', 200, 1);
    const unused = new HttpMetrics(other);
    expect(unused).toBeDefined();
    expect(await other.metrics()).not.toContain('/a');
  });
});
