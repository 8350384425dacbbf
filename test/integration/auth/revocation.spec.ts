import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { Controller, Module, type StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { newId } from '../../../src/platform/ids.js';
import { type AnswerOf, defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { EventStreams, eventStream } from '../../../src/platform/http/sse.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { KeyUses } from '../../../src/auth/credentials/key-uses.service.js';
import { newKeyText } from '../../../src/auth/api-keys/key-text.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, readTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';
import { EventReader } from '../http/event-reader.js';
import { type MadeKey, operatorKey, Replica } from './callers.js';

const pong = { 200: { description: 'Pong.', schema: z.object({ pong: z.literal(true) }) } };
const common = { method: 'GET', tag: 'ping', summary: 'Needs no database', answers: pong } as const;
const ping = defineRoute({ ...common, name: 'ping', path: '/v1/ping', access: { scope: 'tenants:read', of: 'own' } });
const patient = defineRoute({
  ...common,
  name: 'patientPing',
  path: '/v1/patient-ping',
  access: { scope: 'tenants:read', of: 'own', staleSeconds: 60 },
});

const watch = defineRoute({
  name: 'watchPings',
  method: 'GET',
  path: '/v1/pings',
  tag: 'ping',
  summary: 'Goes on for ever',
  access: { scope: 'tenants:read', of: 'own' },
  answers: { 200: eventStream(z.object({}), 'Nothing happens.') },
});

@Controller()
class PingController {
  constructor(private readonly streams: EventStreams) {}

  @Route(watch)
  watch(): StreamableFile {
    return this.streams.stream(async function* (signal) {
      await once(signal, 'abort');
      yield* [];
    });
  }

  @Route(ping)
  ping(): AnswerOf<typeof ping> {
    return { pong: true };
  }

  @Route(patient)
  patient(): AnswerOf<typeof patient> {
    return { pong: true };
  }
}

@Module({ controllers: [PingController] })
class PingModule {}

let test: TestDatabase;
let world: Provisioning;
let database: BreakableDatabase;
let one: Replica;
let other: Replica;

beforeAll(async () => {
  test = await createTestDatabase();
  world = await Provisioning.in(test);
  database = new BreakableDatabase(test.database);
  one = await Replica.start(test.database, [TenantsModule, PingModule]);
  other = await Replica.start(database, [TenantsModule, PingModule]);
});
beforeEach(() => {
  database.fault = 'none';
  database.calls.length = 0;
});
afterAll(async () => {
  await one.stop();
  await other.stop();
  await test.drop();
});

const reader = (): Promise<MadeKey> => one.makeKey({ tenant: 'acme', scopes: ['tenants:read'] });
const revoke = async (id: string): Promise<void> => {
  expect(await one.status('DELETE', `/v1/api-keys/${id}`)).toBe(204);
};

describe('a revoked key', () => {
  it('is refused at once where it was revoked, and on every other replica when its knowledge has grown old', async () => {
    const { id, key } = await reader();
    expect(await Promise.all([one, other].map((replica) => replica.status('GET', '/v1/ping', key)))).toEqual([
      200, 200,
    ]);
    await revoke(id);
    const revokedAt = performance.now();
    expect(await one.status('GET', '/v1/ping', key)).toBe(401);
    let last = revokedAt;
    await until('the other replica refuses it', async () => {
      const askedAt = performance.now();
      const status = await other.status('GET', '/v1/ping', key);
      if (status === 200) last = askedAt;
      return status === 401;
    });
    // The decision is taken after the request was sent, and rests on what is at most a second old.
    expect(last - revokedAt).toBeLessThanOrEqual(1_000);
  });

  it('changes nothing on any replica, also while one still knows it as good', async () => {
    const { id, key } = await one.makeKey({ tenant: 'acme', scopes: ['keys:*'] });
    const make = (): Promise<number> => other.status('POST', '/v1/api-keys', key, { name: 'x', scopes: ['keys:read'] });
    expect(await make()).toBe(201);
    await revoke(id);
    const before = await world.everything();
    expect(await make()).toBe(401);
    expect(await world.everything()).toEqual(before);
  });

  it('is waited for by its revocation where a change is under way: none commits later', async () => {
    const { id } = await reader();
    const { address, name } = await readTestDatabase(test);
    const changing = connectAsOwner(address, name);
    const order: string[] = [];
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: asserted, resolve: tellAsserted } = Promise.withResolvers<void>();
    const change = changing
      .begin(async (sql) => {
        await sql`select public.assert_credential(${JSON.stringify({ credential: id })}::text::jsonb)`;
        tellAsserted();
        await mayCommit;
        order.push('the change');
      })
      .then(() => changing.end({ timeout: 1 }));
    await asserted;
    const revocation = revoke(id).then(() => order.push('the revocation'));
    await until('the revocation waits', async () => {
      const waiting = await test.sql(`select 1 from pg_locks where not granted`);
      return waiting.length > 0;
    });
    commit();
    await Promise.all([change, revocation]);
    expect(order).toEqual(['the change', 'the revocation']);
  });

  it.each([
    ['revoked', `update public.api_keys set revoked_at = now() where id = $1`],
    ['expired', `update public.api_keys set expires_at = now() where id = $1`],
  ])('that has been %s is refused within the change', async (_, statement) => {
    const { id } = await reader();
    const attempt = () =>
      test.sql(`select public.assert_credential($1::text::jsonb)`, [JSON.stringify({ credential: id }) as never]);
    await attempt();
    await test.sql(statement, [id as never]);
    await expect(attempt()).rejects.toMatchObject({ code: 'PT401' });
  });

  it('hears no more of what it was listening to, on whichever replica', async () => {
    const [ended, another] = [await reader(), await reader()];
    const listen = (replica: Replica, { key }: MadeKey) =>
      EventReader.open(`${replica.running.url}/v1/pings`, { authorization: `Bearer ${key}` });
    const streams = await Promise.all([listen(one, ended), listen(other, ended), listen(other, another)]);
    expect(streams.map(({ response }) => response.status)).toEqual([200, 200, 200]);
    await revoke(ended.id);
    await until('its streams have ended', () => streams.slice(0, 2).every(({ ended: how }) => how === 'whole'));
    expect(streams[2]?.ended).toBe('no');
    streams[2]?.leave();
  });

  it('does not hold more than a hundred streams of a replica', async () => {
    const { key } = await reader();
    const listen = () => EventReader.open(`${other.running.url}/v1/pings`, { authorization: `Bearer ${key}` });
    const streams = await Promise.all(Array.from({ length: 101 }, listen));
    const refused = streams.filter(({ response }) => response.status !== 200);
    expect(refused.map(({ response }) => response.status)).toEqual([429]);
    await until('the refusal is read', () => refused[0]?.text.includes('too_many_streams') ?? false);
    for (const stream of streams) stream.leave();
    await until('there is room again', async () => {
      const again = await listen();
      again.leave();
      return again.response.status === 200;
    });
    await until('all have ended', () => other.app.get(EventStreams).count === 0);
  });

  it('leaves what was done without a key alone', async () => {
    for (const context of [{}, { actor: 'operator' }, { credential: null }]) {
      await test.sql(`select public.assert_credential($1::text::jsonb)`, [JSON.stringify(context) as never]);
    }
    const unknown = JSON.stringify({ credential: newId() });
    await expect(
      test.sql(`select public.assert_credential($1::text::jsonb)`, [unknown as never]),
    ).rejects.toMatchObject({ code: 'PT401' });
  });
});

describe('a key in use', () => {
  const finds = (): number => database.calls.filter((name) => name === 'api_keys_find').length;

  it('costs the database a question when it is new, and few later', async () => {
    const { key } = await reader();
    await delay(10);
    expect(await Promise.all(Array.from({ length: 64 }, () => other.status('GET', '/v1/ping', key)))).toEqual(
      Array(64).fill(200),
    );
    // Another one where something changed while the first was answered.
    const asked = finds();
    expect([1, 2]).toContain(asked);
    for (let n = 0; n < 50; n += 1) await other.status('GET', '/v1/ping', key);
    expect(finds()).toBe(asked);
  });

  it('is found while a flood of made-up ones is looked up, with one call at a time', async () => {
    const { key } = await reader();
    await delay(10);
    database.calls.length = 0;
    database.mostAtOnce.clear();
    const made = Array.from({ length: 600 }, () => other.status('GET', '/v1/ping', newKeyText('test')));
    const good = await other.status('GET', '/v1/ping', key);
    expect(good).toBe(200);
    expect(new Set(await Promise.all(made))).toEqual(new Set([401]));
    expect(finds()).toBeGreaterThan(1);
    // How many are asked for together depends on how fast they come and are answered.
    expect(finds()).toBeLessThan(600);
    expect(database.mostAtOnce.get('api_keys_find')).toBe(1);
  });

  it('that is unknown costs one question, and one that is mistyped none', async () => {
    const unknown = newKeyText('test');
    const mistyped = `${unknown.slice(0, -1)}${unknown.endsWith('a') ? 'b' : 'a'}`;
    for (let n = 0; n < 5; n += 1) {
      for (const key of [unknown, mistyped]) {
        const { status, json } = await other.send('GET', '/v1/ping', key);
        expect([status, json['detail']]).toEqual([401, 'The API key is not known.']);
      }
    }
    expect([1, 2]).toContain(finds());
  });

  it('is noted, apart from the requests and not for each of them', async () => {
    const { id, key } = await reader();
    const lastUsed = async (): Promise<unknown> => (await one.send('GET', `/v1/api-keys/${id}`)).json['last_used_at'];
    for (let n = 0; n < 10; n += 1) await other.status('GET', '/v1/ping', key);
    expect(database.calls).not.toContain('api_keys_used');
    await other.app.get(KeyUses).write();
    const noted = await lastUsed();
    expect(Date.now() - Date.parse(String(noted))).toBeLessThan(60_000);
    for (let n = 0; n < 10; n += 1) await other.status('GET', '/v1/ping', key);
    await other.app.get(KeyUses).write();
    expect([await lastUsed(), database.calls.filter((name) => name === 'api_keys_used').length]).toEqual([noted, 1]);
    expect((await one.send('GET', `/v1/api-keys/${id}`)).json['etag']).toBe('v1');
  });
});

describe('when the database cannot be asked', () => {
  it.each(['away', 'silent'] as const)(
    '(%s) it is no caller’s fault: 503, and those who need not ask go on',
    async (fault) => {
      const { key } = await reader();
      expect(await other.status('GET', '/v1/patient-ping', key)).toBe(200);
      await delay(1_100);
      database.fault = fault;
      const { status, json, headers } = await other.send('GET', '/v1/ping', key);
      expect([status, json['code'], headers.get('retry-after')]).toEqual([503, 'database_unavailable', '1']);
      expect(await other.status('GET', '/v1/ping', newKeyText('live'))).toBe(503);
      expect(await other.status('GET', '/v1/ping', operatorKey)).toBe(200);
      expect(await other.status('GET', '/v1/ping', 'wrong')).toBe(401);
      expect(await other.status('GET', '/v1/patient-ping', key)).toBe(200);
      database.fault = 'none';
      await until('it is let in again', async () => (await other.status('GET', '/v1/ping', key)) === 200);
    },
  );
});
