import { Controller } from '@nestjs/common';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { type Answer, answer, defineRoute } from '../http/route.js';
import { Route } from '../http/route.decorator.js';

const metrics = defineRoute({
  name: 'metrics',
  method: 'GET',
  path: '/metrics',
  tag: 'health',
  summary: 'What the process counts and measures, for Prometheus',
  access: 'public',
  limits: 'none',
  quiet: true,
  answers: {
    200: {
      description: 'The text exposition format.',
      schema: z.string(),
      contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    },
  },
});

@Controller()
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Route(metrics)
  async metrics(): Promise<Answer<200, string>> {
    return answer(200, await this.registry.metrics(), { 'content-type': this.registry.contentType });
  }
}
