import { Validator } from '@seriousme/openapi-schema-validator';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appConfig } from '../../../src/app.config.js';
import { AppModule } from '../../../src/app.module.js';
import { KubeconfigCluster } from '../../../src/kubernetes/kubeconfig-cluster.js';
import { HostedDatabase } from '../../../src/platform/hosted-database.js';
import { createHttpApp } from '../../../src/platform/http/http-app.js';
import { buildOpenApi } from '../../../src/platform/http/openapi.controller.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';

const committed = new URL('../../../docs/openapi.json', import.meta.url);

/** The document of the whole application, on backends that are never reached: it neither listens nor starts. */
async function openApiText(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-openapi-'));
  const config = await appConfig({ TENANTRY_DATA_DIR: directory, LOG_LEVEL: 'silent' });
  const database = new HostedDatabase({ url: 'http://127.0.0.1:1', secretKey: 'none' });
  const cluster = new KubeconfigCluster('none', { kind: 'files', kubeconfig: '/nonexistent' });
  const app = await createHttpApp(AppModule.forRoot(config, { database, cluster }), {
    logger: createLogger(config.platform.logLevel),
    checkAnswers: false,
    drainSeconds: 0,
  });
  try {
    return `${JSON.stringify(buildOpenApi(app), null, 2)}\n`;
  } finally {
    await app.close();
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
}

describe('docs/openapi.json', () => {
  it('is what the service publishes; after a change of routes, run: npm run openapi', async () => {
    const published = await openApiText();
    if (process.env['UPDATE_OPENAPI'] !== undefined) await writeFile(committed, published);
    expect(await readFile(committed, 'utf8')).toBe(published);
  });

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(await readFile(committed, 'utf8')));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });
});
