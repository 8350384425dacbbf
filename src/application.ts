import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { AppConfig } from './app.config.js';
import { AppModule, type Backends, startBackends } from './app.module.js';
import { createHttpApp } from './platform/http/http-app.js';
import { BlueprintsService } from './provisioner/blueprints/blueprints.service.js';

/** The running service. */
export interface Application {
  readonly url: string;
  readonly backends: Backends;
  readonly app: NestFastifyApplication;
  /** Drains, then ends the backends. Safe to call again. */
  close(): Promise<void>;
}

export interface ApplicationOptions {
  /** Answers that break their route's schema become 500: on in tests. */
  readonly checkAnswers?: boolean;
}

/** Starts backends and service, and registers the example blueprint where the cluster is an evaluation's. */
export async function startApplication(
  config: AppConfig,
  logger: Logger,
  options: ApplicationOptions = {},
): Promise<Application> {
  const backends = await startBackends(config);
  try {
    const app = await createHttpApp(AppModule.forRoot(config, backends), {
      logger,
      checkAnswers: options.checkAnswers ?? false,
      drainSeconds: config.platform.drainSeconds,
      http: config.platform.http,
    });
    await app.init();
    // Where an operator confines charts to a directory, the example's lies outside of it.
    if (backends.cluster.simulated && !config.provisioner.chartsOnlyInRoot)
      await registerExample(app.get(BlueprintsService));
    await app.listen(config.platform.port, config.platform.host);
    let closing: Promise<void> | undefined;
    return { url: await addressOf(app), backends, app, close: () => (closing ??= end(app, backends)) };
  } catch (error) {
    await endBackends(backends);
    throw error;
  }
}

async function registerExample(blueprints: BlueprintsService): Promise<void> {
  const path = join(import.meta.dirname, '..', 'helm', 'blueprints', 'web-app', 'blueprint.json');
  await blueprints.register(JSON.parse(await readFile(path, 'utf8')));
}

async function addressOf(app: NestFastifyApplication): Promise<string> {
  return app.getUrl();
}

async function end(app: NestFastifyApplication, backends: Backends): Promise<void> {
  await app.close();
  await endBackends(backends);
}

async function endBackends({ database, cluster }: Backends): Promise<void> {
  await cluster.stop();
  await database.close();
}
