import 'reflect-metadata';
import { startApplication } from './application.js';
import { appConfig } from './app.config.js';
import { badConfigExitCode, ConfigError } from './platform/config.js';
import { createLogger } from './platform/telemetry/logger.js';
import { announcement } from './announcement.js';

/** Starts the service, and ends it on SIGTERM or SIGINT when everything has drained. */
async function main(): Promise<void> {
  const config = await appConfig(process.env);
  const logger = createLogger(config.platform.logLevel);
  const starting = startApplication(config, logger);
  let ending: Promise<void> | undefined;
  const end = (signal: NodeJS.Signals): void => {
    // A second signal does not hurry: what drains is bounded in time. One that comes while starting waits for the start.
    ending ??= starting
      .then((application) => application.close())
      .then(
        () => {
          logger.info({ signal }, 'stopped');
          process.exit(0);
        },
        (error: unknown) => {
          logger.fatal({ err: error }, 'did not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  const { backends, url } = await starting;
  process.stderr.write(announcement(config, backends, url));
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(badConfigExitCode);
  }
  process.stderr.write(
    `Tenantry did not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
