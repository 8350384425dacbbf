import type { OnModuleInit } from '@nestjs/common';
import { Injectable, Module } from '@nestjs/common';
import { HealthChecks } from '../../../src/platform/health/health-checks.js';
import type { RunningApp } from './start-app.js';
import { startApp } from './start-app.js';

let databaseIs: 'up' | 'down' | 'hanging' = 'up';

@Injectable()
class DatabaseHealth implements OnModuleInit {
  constructor(private readonly checks: HealthChecks) {}

  onModuleInit(): void {
    this.checks.add({
      name: 'database',
      check: async () => {
        if (databaseIs === 'down') throw new Error('connection refused');
        if (databaseIs === 'hanging') await new Promise(() => undefined);
      },
    });
    this.checks.add({ name: 'cluster', check: async () => undefined });
  }
}

@Module({ providers: [DatabaseHealth] })
class DatabaseModule {}

describe('health', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ imports: [DatabaseModule] });
  });
  beforeEach(() => {
    databaseIs = 'up';
  });
  afterAll(() => running.app.close());

  it('is ready while every dependency is up', async () => {
    const { status, json } = await running.send('GET', '/readyz');
    expect(status).toBe(200);
    expect(json).toEqual({ status: 'ready', dependencies: { database: { status: 'up' }, cluster: { status: 'up' } } });
  });

  it('is not ready when one is down, and says which and why', async () => {
    databaseIs = 'down';
    const { status, json } = await running.send('GET', '/readyz');
    expect(status).toBe(503);
    expect(json).toEqual({
      status: 'not_ready',
      dependencies: { database: { status: 'down', reason: 'connection refused' }, cluster: { status: 'up' } },
    });
  });

  it('answers within the second that a probe waits, even when a dependency hangs', async () => {
    databaseIs = 'hanging';
    const { status, json } = await running.send('GET', '/readyz');
    expect(status).toBe(503);
    expect(json).toMatchObject({ dependencies: { database: { reason: 'no answer after 900 ms' } } });
  });

  it('lives whatever its dependencies do', async () => {
    databaseIs = 'down';
    expect(await running.send('GET', '/livez')).toMatchObject({ status: 200, json: { status: 'alive' } });
  });

  it('measures requests by route, in the format of Prometheus', async () => {
    await running.send('DELETE', '/v1/things/first');
    await running.send('DELETE', '/v1/things/second');
    await running.send('GET', '/v1/nothing');
    const { status, headers, text } = await running.send('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain(
      'tenantry_http_request_duration_seconds_count{method="DELETE",route="/v1/things/:name",status="204"} 2',
    );
    expect(text).toContain('_count{method="GET",route="unmatched",status="404"} 1');
    expect(text).not.toContain('first');
  });
});
