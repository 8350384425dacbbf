import { newId } from '../../../src/platform/ids.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { guards } from '../../setup/guards.js';
import { Provisioning } from '../../setup/provisioning.js';
import { type RunningApp, startApp } from '../http/start-app.js';

describe('the routes of members', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let running: RunningApp;
  const key = 'an-operator-key-of-a-test-0123456789';
  const members = '/v1/tenants/acme/members';

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    const started = await startApp({ imports: [...guards(test.database, key), TenantsModule] });
    const send: RunningApp['send'] = (method, path, body, headers = {}) =>
      started.send(method, path, body, { authorization: `Bearer ${key}`, ...headers });
    running = { ...started, send };
  });
  afterAll(async () => {
    await running.app.close();
    await test.drop();
  });

  it('make, show, change and remove a member', async () => {
    const [user, owner] = [newId(), newId()];
    const at = `${members}/${user}`;
    const added = await running.send('PUT', at, { role: 'owner' });
    expect([added.status, added.headers.get('etag')]).toEqual([201, '"v1"']);
    expect(added.json).toMatchObject({ tenant_id: world.tenantId, user_id: user, role: 'owner' });
    const again = await running.send('PUT', `/v1/tenants/${world.tenantId}/members/${user}`, { role: 'owner' });
    expect([again.status, again.json]).toEqual([200, added.json]);
    const last = await running.send('DELETE', at);
    expect([last.status, last.json['code']]).toEqual([409, 'last_owner']);
    await running.send('PUT', `${members}/${owner}`, { role: 'owner' });
    expect((await running.send('PUT', at, { role: 'viewer' })).json).toMatchObject({ role: 'viewer', etag: 'v2' });
    const listed = await running.send('GET', `${members}?limit=1`);
    expect(listed.json).toMatchObject({ data: [{ user_id: user }], next_cursor: expect.any(String) });
    const next = await running.send('GET', `${members}?cursor=${String(listed.json['next_cursor'])}`);
    expect(next.json).toMatchObject({ data: [{ user_id: owner }], next_cursor: null });
    expect((await running.send('DELETE', at, undefined, { 'if-match': '"v1"' })).status).toBe(412);
    const gone = await running.send(
      'DELETE',
      at.toUpperCase().replace('/V1/TENANTS/ACME/MEMBERS', members),
      undefined,
      {
        'if-match': '"v2"',
      },
    );
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await running.send('DELETE', at)).json['code']).toBe('member_not_found');
  });

  it.each<[string, string, string, unknown, string[]]>([
    ['a user that is no id', 'PUT', `${members}/ann`, { role: 'owner' }, ['{user}']],
    ['no role', 'PUT', `${members}/${newId()}`, {}, ['/role']],
    ['a role that there is not', 'PUT', `${members}/${newId()}`, { role: 'admin' }, ['/role']],
    ['more than a role', 'PUT', `${members}/${newId()}`, { role: 'owner', tenant_id: newId() }, ['/tenant_id']],
    ['several faults', 'PUT', `${members}/ann?x=1`, { role: 7 }, ['/role', '?x', '{user}']],
    ['a cursor of another list', 'GET', `${members}?cursor=abc`, undefined, ['?cursor']],
  ])('refuse %s, and change nothing', async (_, method, path, body, pointers) => {
    const before = await world.everything();
    const { status, json } = await running.send(method, path, body);
    expect([status, json['code']]).toEqual([400, 'validation_failed']);
    expect(pointersOf(json['errors'])).toEqual(pointers);
    expect(await world.everything()).toEqual(before);
  });

  it('know no tenant that there is not', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/tenants/nobody/members', undefined],
      ['PUT', `/v1/tenants/nobody/members/${newId()}`, { role: 'owner' }],
      ['DELETE', `/v1/tenants/nobody/members/${newId()}`, undefined],
    ] as const) {
      const { status, json } = await running.send(method, path, body);
      expect([status, json['code']]).toEqual([404, 'tenant_not_found']);
    }
  });
});

function pointersOf(errors: unknown): string[] {
  return Array.isArray(errors) ? errors.map(({ pointer }: { pointer: string }) => pointer).sort() : [];
}
