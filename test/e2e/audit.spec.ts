import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { auditEntry, type AuditEntry } from '../../src/audit/audit-entry.js';
import { AuditCheckpoints } from '../../src/audit/audit-checkpoints.service.js';
import { withinOneMinute } from '../setup/minute.js';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

const auditPage = z.object({ data: z.array(auditEntry), next_cursor: z.string().nullable() });
const tenantShape = z.object({ id: z.string() });

describe('the trail of a running service', () => {
  let service: TestService;
  let directory: string;
  let acme: string;
  let globex: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-audit-'));
    service = await startTestService();
    acme = await makeTenant('acme');
    globex = await makeTenant('globex');
    for (const name of ['One', 'Two', '=cmd()']) await service.request('PATCH', '/v1/tenants/acme', { name });
    await service.app.get(AuditCheckpoints).sign();
  });
  afterAll(async () => {
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function makeTenant(slug: string): Promise<string> {
    const { body } = await service.request(
      'POST',
      '/v1/tenants',
      { slug, name: slug },
      { 'x-request-id': `make-${slug}` },
    );
    return tenantShape.parse(body).id;
  }

  async function asked(path: string): Promise<AuditEntry[]> {
    const { status, body } = await service.request('GET', path);
    expect(status).toBe(200);
    return auditPage.parse(body).data;
  }

  const actions = (entries: readonly AuditEntry[]): string[] => entries.map(({ action }) => action);

  it('tells who did what, from where, in which request, before and after', async () => {
    const [made] = await asked(`/v1/audit?resource_type=tenant&resource_id=${acme}&action=tenant.create`);
    expect(made).toMatchObject({
      actor: 'operator',
      credential: null,
      address: '127.0.0.1',
      request_id: 'make-acme',
      tenant_id: acme,
      before: null,
      after: { slug: 'acme' },
      chain: acme,
      seq: 1,
    });
  });

  it.each<[string, (ids: { acme: string; globex: string }) => string, string[]]>([
    ['a tenant by its slug', () => 'tenant=acme', ['tenant.change', 'tenant.change', 'tenant.change', 'tenant.create']],
    ['a tenant by its id', ({ globex: id }) => `tenant=${id}`, ['tenant.create']],
    ['a tenant that is no more', () => 'tenant=019ae000-0000-7000-8000-00000000dead', []],
    ['how actions begin', () => 'action=tenant.cr', ['tenant.create', 'tenant.create']],
    ['a beginning that no wildcard matches', () => 'action=tenant_c', []],
    ['an actor', () => 'actor=operator&tenant=globex', ['tenant.create']],
    ['an actor that there is not', () => 'actor=nobody', []],
    ['a key', () => 'credential=key-1', []],
    ['a resource', ({ globex: id }) => `resource_type=tenant&resource_id=${id}`, ['tenant.create']],
    ['a time to come', () => 'from=2100-01-01T00:00:00Z', []],
    ['a time gone by', () => 'to=2020-01-01T00:00:00Z', []],
    ['a time around', () => 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&tenant=globex', ['tenant.create']],
  ])('is asked by %s', async (_, query, found) => {
    expect(actions(await asked(`/v1/audit?${query({ acme, globex })}`))).toEqual(found);
  });

  it('comes in pages, newest first, without gaps', async () => {
    const all = await asked('/v1/audit?limit=200');
    const seen: AuditEntry[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await service.request('GET', `/v1/audit?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      const page = auditPage.parse(body);
      seen.push(...page.data);
      next = page.next_cursor;
    }
    expect(seen).toEqual(all);
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a));
  });

  it("of one tenant is the tenant's own, and nothing of another's", async () => {
    const entries = await asked('/v1/tenants/acme/audit?limit=200');
    expect(actions(entries)).toEqual(['tenant.change', 'tenant.change', 'tenant.change', 'tenant.create']);
    expect(new Set(entries.map(({ tenant_id }) => tenant_id))).toEqual(new Set([acme]));
    expect(actions(await asked('/v1/tenants/acme/audit?action=tenant.create'))).toEqual(['tenant.create']);
  });

  it.each([
    ['/v1/audit?tenant=nobody', 404],
    ['/v1/tenants/nobody/audit', 404],
    ['/v1/tenants/acme/audit?tenant=globex', 400],
    ['/v1/audit?action=%25', 400],
    ['/v1/audit?from=yesterday&limit=0', 400],
    ['/v1/audit/export?format=xml', 400],
    ['/v1/audit/export?tenant=nobody', 404],
  ])('says no to %s', async (path, status) => {
    expect((await service.request('GET', path)).status).toBe(status);
  });

  it('tells of a wrong key, once, when the answer is out, and counts the others', async () => {
    await withinOneMinute();
    const wrong = { authorization: 'Bearer tnt_wrong_0123456789_canary' };
    for (let n = 0; n < 5; n += 1)
      expect((await service.request('DELETE', '/v1/tenants/acme', undefined, wrong)).status).toBe(401);
    const denied = await asked('/v1/audit?action=denied.deleteTenant');
    expect(denied).toMatchObject([
      {
        actor: 'anonymous',
        address: '127.0.0.1',
        resource_type: 'route',
        after: { reason: 'unauthenticated', count: 1 },
      },
    ]);
    expect(JSON.stringify(denied)).not.toContain('canary');
  });

  const raw = async (
    path: string,
    headers: Record<string, string> = { authorization: `Bearer ${operatorKey}` },
  ): Promise<Response> => fetch(`${service.url}${path}`, { headers });

  it('shows the keys that sign it to everybody', async () => {
    const answer = await raw('/v1/audit/keys', {});
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      keys: [expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })],
    });
    expect((await raw('/v1/audit/export', {})).status).toBe(401);
  });

  it('is exported as CSV that no spreadsheet takes for formulas', async () => {
    const answer = await raw('/v1/audit/export?format=csv&tenant=acme');
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/);
    const rows = (await answer.text()).trimEnd().split('\r\n');
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row).not.toMatch(/(^|,)"?[=+@-]/);
  });

  it('is exported as NDJSON, each line of which is JSON', async () => {
    const answer = await raw('/v1/audit/export?tenant=acme');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    const types = lines.map((line) => z.object({ type: z.string() }).parse(JSON.parse(line)).type);
    expect(types).toEqual(['trail', 'key', 'checkpoint', 'chain', 'entry', 'entry', 'entry', 'entry', 'end']);
  });

  describe('is verified', () => {
    const main = join(import.meta.dirname, '..', '..', 'dist', 'audit-verify.js');
    const run = async (
      argv: string[],
      environment: Record<string, string> = {},
    ): Promise<{ code: number | undefined; out: string; err: string }> => {
      const env = { PATH: process.env['PATH'] ?? '', TENANTRY_ADMIN_KEY: operatorKey, ...environment };
      const ended = await execa(process.execPath, [main, ...argv], { env, extendEnv: false, reject: false });
      return { code: ended.exitCode, out: ended.stdout, err: ended.stderr };
    };
    let file: string;
    let keys: string;

    beforeAll(async () => {
      file = join(directory, 'export.ndjson');
      keys = join(directory, 'keys.json');
      const answer = await raw('/v1/audit/export');
      await writeFile(file, await answer.text());
      await writeFile(keys, await (await raw('/v1/audit/keys', {})).text());
    });

    it('from a file, without the service, and with keys and a checkpoint that were kept', async () => {
      const first = await run([file]);
      expect(first).toMatchObject({
        code: 0,
        out: expect.stringMatching(
          /^The trail holds: \d+ rows of 3 chains .*, 1 checkpoints\.\nNext time: --expect 1:[0-9a-f]{64}$/,
        ),
      });
      const expected = /--expect (\S+)/.exec(first.out)?.[1] ?? '';
      expect(await run([file, '--keys', keys, '--expect', expected])).toMatchObject({ code: 0 });
      expect(await run([file, '--expect', `1:${'0'.repeat(64)}`])).toMatchObject({
        code: 1,
        out: expect.stringContaining('not, or no longer, the one'),
      });
    });

    it('from the running service, with the key of an operator', async () => {
      expect(await run(['--url', service.url])).toMatchObject({
        code: 0,
        out: expect.stringContaining('The trail holds'),
      });
    });

    it('from the database itself', async () => {
      const served = await service.database.database.serve();
      try {
        const { secretKey } = service.database.database.keys;
        const environment = { SUPABASE_URL: served.url, SUPABASE_SECRET_KEY: secretKey };
        expect(await run([], environment)).toMatchObject({ code: 0, out: expect.stringContaining('The trail holds') });
      } finally {
        await served.close();
      }
    });

    it('and is broken when somebody changed the file', async () => {
      const changed = join(directory, 'changed.ndjson');
      await writeFile(changed, (await readFile(file, 'utf8')).replace('"Two"', '"Too"'));
      const { code, out } = await run([changed]);
      expect(code).toBe(1);
      expect(out).toContain(`chain ${acme}: row 3 was changed in its content`);
    });

    it('and is broken when somebody changed the database', async () => {
      await service.database.sql(`begin; set local session_replication_role = replica;
        update public.audit_log set after = after || '{"name": "Too"}' where chain = '${globex}' and chain_seq = 1; commit`);
      const { code, out } = await run(['--url', service.url]);
      expect(code).toBe(1);
      expect(out).toContain(`chain ${globex}: row 1 was changed in its content`);
    });

    it.each([
      ['what is no option', ['--nothing'], 78, 'Unknown option'],
      ['a file that is not there', ['nowhere.ndjson'], 1, 'cannot be read'],
      ['a service that is not there', ['--url', 'http://127.0.0.1:1'], 1, 'cannot be read'],
    ])('but not with %s', async (_, argv, code, reason) => {
      expect(await run(argv)).toMatchObject({ code, err: expect.stringContaining(reason) });
    });

    it('but not with a wrong key', async () => {
      const { code, err } = await run(['--url', service.url], { TENANTRY_ADMIN_KEY: 'wrong-canary-0123456789' });
      expect([code, err]).toEqual([1, `The trail cannot be read: ${service.url} answers 401`]);
    });
  });
});
