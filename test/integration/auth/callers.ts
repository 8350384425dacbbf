import { hash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { TestDatabase } from '../../setup/database.js';
import { guards } from '../../setup/guards.js';
import { type Reply, type RunningApp, startApp } from '../http/start-app.js';
import type { DynamicModule, Type } from '@nestjs/common';
import type { Database } from '../../../src/platform/database.js';

export const operatorKey = 'the-first-operator-of-a-test-0123456789';

export interface MadeKey {
  readonly id: string;
  /** The key itself. */
  readonly key: string;
  readonly etag: string;
}

/** One replica: an application with guards, and a way to call it with one key or another. */
export class Replica {
  private constructor(readonly running: RunningApp) {}

  static async start(database: Database, imports: (Type | DynamicModule)[]): Promise<Replica> {
    return new Replica(await startApp({ imports: [...guards(database, operatorKey), ...imports] }));
  }

  get app(): INestApplicationContext {
    return this.running.app;
  }

  send(method: string, path: string, key = operatorKey, body?: unknown, headers = {}): Promise<Reply> {
    return this.running.send(method, path, body, { authorization: `Bearer ${key}`, ...headers });
  }

  async status(method: string, path: string, key?: string, body?: unknown): Promise<number> {
    return (await this.send(method, path, key, body)).status;
  }

  /** @throws Error when it is not made */
  async makeKey(body: object, by = operatorKey): Promise<MadeKey> {
    const { status, json } = await this.send('POST', '/v1/api-keys', by, { name: 'a key', ...body });
    if (status !== 201) throw new Error(JSON.stringify(json));
    return { id: String(json['id']), key: String(json['key']), etag: String(json['etag']) };
  }

  stop(): Promise<void> {
    return this.running.app.close();
  }
}

/** Everything that the database says of keys, to search for what must not be in it. */
export async function allThatIsWritten(test: TestDatabase): Promise<string> {
  const tables = ['api_keys', 'api_key_uses', 'audit_log', 'outbox', 'credential_changes'];
  const rows = await Promise.all(tables.map((table) => test.sql(`select * from public.${table}`)));
  return JSON.stringify(rows);
}

export function hashOf(key: string): string {
  return hash('sha256', key, 'hex');
}
