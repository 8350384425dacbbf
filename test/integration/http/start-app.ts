import type { DynamicModule, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp } from '../../../src/platform/http/http-app.js';
import { PlatformConfig, platformEnvironment } from '../../../src/platform/platform.config.js';
import { PlatformModule } from '../../../src/platform/platform.module.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { ThingsController } from './things.controller.js';

@Module({ controllers: [ThingsController] })
class ThingsModule {}

@Module({})
class SampleModule {}

export interface RunningApp {
  app: NestFastifyApplication;
  url: string;
  /** Everything logged so far, one JSON line each. */
  logLines: string[];
}

/** The platform with the things of these tests, listening on a free port of the loopback. */
export async function startApp(
  options: { imports?: (Type | DynamicModule)[]; drainSeconds?: number } = {},
): Promise<RunningApp> {
  const logLines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logLines.push(line) });
  const config = new PlatformConfig(platformEnvironment.parse({}));
  const imports = [PlatformModule.forRoot(config), ThingsModule, ...(options.imports ?? [])];
  const app = await createHttpApp(
    { module: SampleModule, imports },
    { logger, checkAnswers: true, drainSeconds: options.drainSeconds ?? 5 },
  );
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), logLines };
}
