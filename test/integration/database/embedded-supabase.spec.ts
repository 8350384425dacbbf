import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHmac } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SupabaseClient } from '@supabase/supabase-js';
import { EmbeddedSupabase } from '../../../src/embedded/supabase/embedded-supabase.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { type DataDirectory, makeDataDirectory } from '../../setup/data-directory.js';

function signToken(secret: string, claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ exp: 4_102_444_800, ...claims })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

async function asOwner(supabase: EmbeddedSupabase, statements: string): Promise<object[]> {
  const sql = connectAsOwner(supabase.server.address, 'postgres');
  try {
    return [...(await sql.unsafe(statements))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

describe('the embedded Supabase', () => {
  let directory: DataDirectory;
  let running: EmbeddedSupabase[];

  beforeEach(async () => {
    directory = await makeDataDirectory();
    running = [];
  });

  afterEach(async () => {
    for (const supabase of running) await supabase.close();
    await directory.remove();
  });

  const start = async (migrations?: string): Promise<EmbeddedSupabase> => {
    const options = { directory: directory.path, ...(migrations === undefined ? {} : { migrations }) };
    const supabase = await EmbeddedSupabase.start(options);
    running.push(supabase);
    return supabase;
  };

  it('starts migrated, within three seconds, and again within one, with its data and its keys', async () => {
    const began = performance.now();
    const first = await start();
    const fresh = performance.now() - began;
    expect(first.applied).toContain('20261120000000');
    await first.ping();
    await asOwner(first, 'create table public.kept as select 42 as answer');
    await first.close();

    const resumed = performance.now();
    const second = await start();
    const reopened = performance.now() - resumed;
    expect(second.applied).toEqual([]);
    expect(second.keys).toEqual(first.keys);
    await second.ping();
    await expect(asOwner(second, 'select answer from public.kept')).resolves.toEqual([{ answer: 42 }]);
    // Three times what was promised: the machine may be busy with other things.
    expect({ fresh: fresh < 9_000, reopened: reopened < 3_000 }).toEqual({ fresh: true, reopened: true });
  });

  it('keeps its keys for its owner alone', async () => {
    await start();
    expect((await stat(join(directory.path, 'keys.json'))).mode & 0o777).toBe(0o600);
  });

  it('applies at the next start what came since', async () => {
    const migrations = join(directory.path, 'migrations');
    await mkdir(migrations);
    await writeFile(
      join(migrations, '1_one.sql'),
      'create table public.steps (n integer); insert into public.steps values (1);',
    );
    const first = await start(migrations);
    await first.close();
    await writeFile(join(migrations, '2_two.sql'), 'insert into public.steps values (2);');
    const second = await start(migrations);
    expect(second.applied).toEqual(['2']);
    await expect(asOwner(second, 'select n from public.steps order by n')).resolves.toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('does not start on a migration that fails, says which, and leaves nothing running', async () => {
    const migrations = join(directory.path, 'migrations');
    await mkdir(migrations);
    await writeFile(join(migrations, '1_wrong.sql'), 'create tabel x ()');
    await expect(start(migrations)).rejects.toThrow('migration 1_wrong: syntax error at or near "tabel" (line 1)');
    await rm(join(migrations, '1_wrong.sql'));
    await expect(start(migrations)).resolves.toBeInstanceOf(EmbeddedSupabase);
  });

  it('cannot be started twice on one directory', async () => {
    await start();
    await expect(start()).rejects.toThrow('uses this directory already');
  });

  it('closes once however often it is told to, and answers no more', async () => {
    const supabase = await start();
    await Promise.all([supabase.close(), supabase.close()]);
    await supabase.close();
    await expect(supabase.ping()).rejects.toMatchObject({ retryable: true });
  });

  it('says that it is away when its server is gone', async () => {
    const supabase = await start();
    await supabase.ping();
    const [pid] = (await readFile(join(supabase.server.home.data, 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await supabase.server.ended;
    await expect(supabase.ping()).rejects.toMatchObject({ retryable: true });
  });

  it('talks to nobody, prints nothing, and leaves nothing to wait for', async () => {
    const program = fileURLToPath(new URL('fixtures/quiet-life.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, directory.path], { env: { ...process.env, NODE_OPTIONS: '' } });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect(stderr).toBe('');
    expect(stdout).toBe(JSON.stringify({ hosts: [] }));
    expect(child.exitCode).toBe(0);
  });
});

describe('the door of the embedded Supabase', () => {
  let directory: DataDirectory;
  let supabase: EmbeddedSupabase;
  let url: string;

  beforeAll(async () => {
    directory = await makeDataDirectory();
    supabase = await EmbeddedSupabase.start({ directory: directory.path });
    ({ url } = await supabase.serve());
  });

  afterAll(async () => {
    await supabase.close();
    await directory.remove();
  });

  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}/rest/v1/rpc/ping`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });

  it('opens to the secret key', async () => {
    const answer = await call({ apikey: supabase.keys.secretKey });
    expect([answer.status, await answer.json()]).toEqual([200, true]);
  });

  it.each([
    ['no key', () => ({})],
    ['a wrong key', () => ({ apikey: 'sb_secret_guess' })],
    ['the JWT secret as the key', () => ({ apikey: supabase.keys.jwtSecret })],
    ['the publishable key', () => ({ apikey: supabase.keys.publishableKey })],
    [
      "a user's token",
      () => ({
        apikey: supabase.keys.publishableKey,
        authorization: `Bearer ${signToken(supabase.keys.jwtSecret, { role: 'authenticated', sub: '0199a1b2-0000-7000-8000-000000000001' })}`,
      }),
    ],
    [
      'a token of the database owner that is rightly signed',
      () => ({
        apikey: supabase.keys.publishableKey,
        authorization: `Bearer ${signToken(supabase.keys.jwtSecret, { role: 'postgres' })}`,
      }),
    ],
    [
      'a token of the service role that is wrongly signed',
      () => ({
        apikey: supabase.keys.publishableKey,
        authorization: `Bearer ${signToken('guess-guess-guess-guess-guess-guess-guess', { role: 'service_role' })}`,
      }),
    ],
  ])('stays shut to %s', async (_, headers) => {
    const answer = await call(headers());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('gives a call the eight seconds that hosted Supabase gives it', async () => {
    await asOwner(
      supabase,
      `create function public.time_of_a_call() returns text language sql stable set search_path = '' as $$
         select pg_catalog.current_setting('statement_timeout') $$`,
    );
    await supabase.reloadSchema();
    const client: SupabaseClient = supabase.client;
    const { data } = await client.rpc('time_of_a_call');
    expect(data).toBe('8s');
  });

  it('answers columns of views by their types', async () => {
    await asOwner(
      supabase,
      `create view public.typed with (security_invoker = true) as
         select t.slug, '{"a": [1]}'::jsonb as document, '{"b": 2}'::json as text_document, '{"c": 3}'::text as code, t.plan = 'free' as free, 7::numeric as amount
         from public.tenants t;
       grant select on public.typed to service_role;
       insert into public.tenants (id, slug, name) values (gen_random_uuid(), 'typed', 'Typed');`,
    );
    await supabase.reloadSchema();
    const client: SupabaseClient = supabase.client;
    const { data, error } = await client.from('typed').select();
    expect(error).toBeNull();
    const row = {
      slug: 'typed',
      document: { a: [1] },
      text_document: { b: 2 },
      code: '{"c": 3}',
      free: true,
      amount: 7,
    };
    expect(data).toEqual([row]);
  });

  it('lets a user see what a policy shows to that user', async () => {
    await asOwner(
      supabase,
      `create table public.notes (owner uuid, body text);
       alter table public.notes enable row level security;
       grant select on public.notes to authenticated;
       create policy own on public.notes for select to authenticated using (owner = auth.uid());
       insert into public.notes values ('0199a1b2-0000-7000-8000-000000000001', 'mine'), ('0199a1b2-0000-7000-8000-000000000002', 'theirs')`,
    );
    await supabase.reloadSchema();
    const token = signToken(supabase.keys.jwtSecret, {
      role: 'authenticated',
      sub: '0199a1b2-0000-7000-8000-000000000001',
    });
    const client: SupabaseClient = supabase.clientWith(supabase.keys.publishableKey, token);
    const { data, error } = await client.from('notes').select('body');
    expect([data, error]).toEqual([[{ body: 'mine' }], null]);
  });
});
