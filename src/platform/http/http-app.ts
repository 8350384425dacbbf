import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { HttpMetrics } from '../telemetry/http-metrics.js';
import { NestLogger } from '../telemetry/logger.js';
import { AnsweredRequests } from './answered-requests.js';
import { addDocsPage } from './docs-page.js';
import { Doorkeeper } from './doorkeeper.js';
import { DrainingAdapter } from './draining.adapter.js';
import { configureFastify } from './fastify-setup.js';
import { defaultHttpSettings, type HttpSettings } from './http-settings.js';
import { KnownRoutes } from './known-routes.js';
import { ProblemFilter } from './problem.filter.js';
import { addRequestHooks } from './request-hooks.js';

export interface HttpAppOptions {
  logger: Logger;
  /** Answers that break their route's schema become 500: on in tests and development. */
  checkAnswers: boolean;
  /** How long a shutdown waits for running requests before it cuts their connections. */
  drainSeconds: number;
  /** Default: nobody's pages, no proxies, and limits on slow clients. */
  http?: HttpSettings;
}

/**
 * The application as it runs in production, not yet listening. `module` must import `PlatformModule`.
 * `app.close()` refuses new requests at once, ends event streams, lets running requests end, and cuts after
 * `drainSeconds` what is left.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const known = new KnownRoutes();
  const problems = new ProblemFilter(options.logger, known);
  const http = options.http ?? defaultHttpSettings;
  const adapter = new DrainingAdapter(problems, options, http);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(options.logger),
    routeConflictPolicy: { duplicate: 'error' },
  });
  const fastify = adapter.getInstance();
  addRequestHooks(fastify, options.logger, new HttpMetrics(app.get(Registry)), app.get(AnsweredRequests));
  configureFastify(adapter, { http, known, doorkeeper: app.get(Doorkeeper) });
  await addDocsPage(fastify, problems);
  app.useGlobalFilters(problems);
  return app;
}
