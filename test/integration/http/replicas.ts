import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DatabaseModule } from '../../../src/platform/database.module.js';
import { IdempotencyModule } from '../../../src/platform/idempotency/idempotency.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FreezingDatabase } from '../../setup/freezing-database.js';
import { type Reply, type RunningApp, startApp } from './start-app.js';
import { SaysWho, TalliesController } from './tallies.controller.js';

@Module({ controllers: [TalliesController], providers: [{ provide: APP_GUARD, useClass: SaysWho }] })
class TalliesModule {}

export interface Replica {
  readonly running: RunningApp;
  readonly database: FreezingDatabase;
  /** Sends a request with an idempotency key, as an actor, or without one where the key is null. */
  readonly send: (
    key: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
}

export interface Replicas {
  readonly test: TestDatabase;
  readonly first: Replica;
  readonly second: Replica;
  /** What took effect, in order, such as `add a`. */
  effects(): Promise<string[]>;
  /** Lets every lease run out. */
  lapse(): Promise<void>;
  /** Leaves nothing of what a test did. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export const newKey = (): string => randomUUID();

/**
 * Two replicas of the HTTP door with the tallies, on one database and with one encryption key.
 * @param newer keys that the second one has before it, as while a key is replaced
 */
export async function startReplicas(leaseMs = 60_000, newer: readonly Buffer[] = []): Promise<Replicas> {
  const test = await createTestDatabase();
  await test.sql(await readFile(new URL('tallies.sql', import.meta.url), 'utf8'));
  const made = randomBytes(32);
  const start = async (...[newest = made, ...older]: readonly Buffer[]): Promise<Replica> => {
    const encryptionKeys = [newest, ...older] as const;
    const database = new FreezingDatabase(test.database);
    const running = await startApp({
      imports: [
        DatabaseModule.forRoot(database),
        IdempotencyModule.forRoot({ encryptionKeys, leaseMs }),
        TalliesModule,
      ],
      drainSeconds: 0.2,
    });
    return {
      running,
      database,
      send: (key, method, path, body, headers = {}) =>
        running.send(method, path, body, {
          'x-actor': 'operator',
          ...(key === null ? {} : { 'idempotency-key': key }),
          ...headers,
        }),
    };
  };
  const [first, second] = [await start(), await start(...newer, made)];
  return {
    test,
    first,
    second,
    async effects() {
      const rows = await test.sql<{ effect: string }>(
        `select what || ' ' || name as effect from public.tally_effects order by id`,
      );
      return rows.map(({ effect }) => effect);
    },
    async lapse() {
      await test.sql(
        `update public.idempotency_keys set lease_until = now() - interval '1 s' where lease_until is not null`,
      );
    },
    async clear() {
      await test.sql(`delete from public.tally_effects; delete from public.tallies; delete from public.tally_keys;
        delete from public.idempotency_keys`);
    },
    async close() {
      for (const { running, database } of [first, second]) {
        database.thaw();
        await running.app.close();
      }
      await test.drop();
    },
  };
}

/** What of an answer is the same however often it is given. */
export function answerOf({ status, text, headers }: Reply) {
  const kept = ['location', 'etag', 'content-type', 'cache-control'].map((name) => [name, headers.get(name)] as const);
  return { status, text, headers: Object.fromEntries(kept) };
}

export function isReplayed({ headers }: Reply): boolean {
  return headers.get('idempotent-replayed') === 'true';
}
