import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { type Answer, answer, defineRoute } from '../http/route.js';
import { Route } from '../http/route.decorator.js';
import { type DependencyState, HealthChecks } from './health-checks.js';

const alive = z.object({ status: z.literal('alive') }).meta({ id: 'Liveness' });

const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    dependencies: z.record(
      z.string(),
      z.object({ status: z.enum(['up', 'down']), reason: z.string().optional().describe('Why it is down.') }),
    ),
  })
  .meta({ id: 'Readiness' });

const livez = defineRoute({
  name: 'livez',
  method: 'GET',
  path: '/livez',
  tag: 'health',
  summary: 'Whether the process runs',
  description: 'Asks no dependency: a process whose database is away gains nothing from being killed.',
  access: 'public',
  limits: 'none',
  quiet: true,
  answers: { 200: { description: 'It runs.', schema: alive } },
});

const readyz = defineRoute({
  name: 'readyz',
  method: 'GET',
  path: '/readyz',
  tag: 'health',
  summary: 'Whether the process can serve, dependency by dependency',
  access: 'public',
  limits: 'none',
  quiet: true,
  answers: {
    200: { description: 'Every dependency is up.', schema: readiness },
    503: { description: 'At least one dependency is down.', schema: readiness },
  },
});

/** Kubernetes waits a second for a probe unless told otherwise, and a hung dependency must show as such. */
const checkTimeoutMs = 900;

@Controller()
export class HealthController {
  constructor(private readonly checks: HealthChecks) {}

  @Route(livez)
  live(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Route(readyz)
  async ready(): Promise<Answer<200 | 503, z.infer<typeof readiness>>> {
    const dependencies: Record<string, DependencyState> = await this.checks.run(checkTimeoutMs);
    const down = Object.values(dependencies).some(({ status }) => status === 'down');
    return down ? answer(503, { status: 'not_ready', dependencies }) : answer(200, { status: 'ready', dependencies });
  }
}
