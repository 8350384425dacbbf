import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { execa } from 'execa';
import { z } from 'zod';
import { appConfig } from '../../src/app.config.js';
import { AppModule } from '../../src/app.module.js';
import { EmbeddedCluster } from '../../src/embedded/cluster/embedded-cluster.js';
import { Cluster } from '../../src/kubernetes/cluster.js';
import { Programs } from '../../src/kubernetes/programs.js';
import type { Database } from '../../src/platform/database.js';
import { createHttpApp } from '../../src/platform/http/http-app.js';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { instance, type Instance } from '../../src/provisioner/instances/instance.js';
import { operation, type Operation } from '../../src/provisioner/operations/operation.js';
import { createTestDatabase, type TestDatabase } from './database.js';

export const operatorKey = 'test-operator-key-0123456789-abcdefghij';

/** Unpacked once for all tests of a machine. */
const programsDirectory = join(tmpdir(), 'tenantry-test-programs');

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or undefined where there was none. */
  readonly body: unknown;
}

export interface TestService {
  readonly url: string;
  readonly cluster: EmbeddedCluster;
  readonly database: TestDatabase;
  readonly app: INestApplicationContext;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** Sends a request that must be accepted and gives what it answers with. */
  ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ instance: Instance | undefined; operation: Operation | undefined }>;
  instance(id: string): Promise<Instance>;
  operation(id: string): Promise<Operation>;
  /** The operation once it has ended. */
  ended(operation: Operation | undefined): Promise<Operation>;
  /** Waits until the look gives something, at most 20 s. */
  until<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  /** What the real kubectl prints. */
  kubectl(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The whole service in this process, on a database and an embedded cluster of its own.
 * @param onLog is given each line of the log, instead of standard output
 * @param through what stands between the service and its database
 */
export async function startTestService(
  environment: Record<string, string> = {},
  onLog?: (line: string) => void,
  through: (database: Database) => Database = (database) => database,
): Promise<TestService> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-service-'));
  const database = await createTestDatabase();
  const cluster = await EmbeddedCluster.start({ directory: join(directory, 'cluster') });
  const config = await appConfig({
    PATH: process.env['PATH'],
    PORT: '0',
    TENANTRY_DATA_DIR: directory,
    TENANTRY_ADMIN_KEY: operatorKey,
    LOG_LEVEL: 'silent',
    TENANTRY_DRIFT_SWEEP_SECONDS: '3600',
    // Tests call thousands of times a minute from one address, and often as nobody.
    TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: '0',
    TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: '0',
    ...(await registryPrograms()),
    ...environment,
  });
  const app = await createHttpApp(
    AppModule.forRoot(config, { database: through(database.database), cluster: new TestCluster(cluster) }),
    {
      logger: createLogger(config.platform.logLevel, onLog && { write: onLog }),
      checkAnswers: true,
      drainSeconds: 5,
      http: config.platform.http,
    },
  );
  await app.listen(0, '127.0.0.1');
  const client = new ServiceClient(await app.getUrl(), cluster.kubeconfigPath);
  return Object.assign(client, {
    cluster,
    database,
    app,
    async stop() {
      await app.close();
      await cluster.stop();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** The programs of the registry, whatever a machine has on its PATH. */
export async function registryPrograms(): Promise<{ HELM_BIN: string; KUBECTL_BIN: string }> {
  const programs = new Programs({ searchPath: '', cacheDirectory: programsDirectory });
  return { HELM_BIN: (await programs.helm()).path, KUBECTL_BIN: (await programs.kubectl()).path };
}

/** Talks to a running service as a user does. */
export class ServiceClient {
  constructor(
    readonly url: string,
    private readonly kubeconfig: string,
  ) {}

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${operatorKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: answer.status, headers: answer.headers, body: json };
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ instance: Instance | undefined; operation: Operation | undefined }> {
    const { status, body: answered } = await this.request(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answered)}`);
    const { instance: seen, operation: started } = asked.parse(answered);
    return { instance: seen, operation: started };
  }

  async instance(id: string): Promise<Instance> {
    return instance.parse((await this.request('GET', `/v1/instances/${id}`)).body);
  }

  async operation(id: string): Promise<Operation> {
    return operation.parse((await this.request('GET', `/v1/operations/${id}`)).body);
  }

  ended(started: Operation | undefined): Promise<Operation> {
    if (started === undefined) throw new Error('there is no operation to wait for');
    return this.until(`the ${started.kind} has ended`, async () => {
      const now = await this.operation(started.id);
      return now.finished_at === null ? undefined : now;
    });
  }

  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited 20 s, but not so: ${what}`);
  }

  async kubectl(...args: string[]): Promise<string> {
    const { KUBECTL_BIN } = await registryPrograms();
    const { stdout } = await execa(KUBECTL_BIN, args, { env: { KUBECONFIG: this.kubeconfig } });
    return stdout;
  }
}

const asked = z.object({
  instance: instance.optional(),
  operation: operation.nullish().transform((value) => value ?? undefined),
});

class TestCluster extends Cluster {
  readonly name = 'test';
  readonly simulated = true;

  constructor(private readonly embedded: EmbeddedCluster) {
    super();
  }

  get kubeconfigPath(): string {
    return this.embedded.kubeconfigPath;
  }

  describe(): string {
    return 'the embedded cluster of a test';
  }

  async start(): Promise<void> {
    // The test has started it.
  }

  async stop(): Promise<void> {
    // The test stops it.
  }
}
