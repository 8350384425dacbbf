import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';
import { operatorKey, Replica } from '../auth/callers.js';
import { RawConnection } from './raw-connection.js';

describe('a large body', () => {
  let test: TestDatabase;
  let replica: Replica;
  beforeAll(async () => {
    test = await createTestDatabase();
    await Provisioning.in(test);
    replica = await Replica.start(test.database, [TenantsModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
  });

  const head = (key: string, length: string): string[] => [
    'POST /v1/tenants HTTP/1.1',
    'Host: tenantry',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    length,
    '',
    '',
  ];

  it.each([
    ['of a length that is told', 'Content-Length: 900000'],
    ['in pieces', 'Transfer-Encoding: chunked'],
  ])('%s is not waited for when nobody knows who sends it', async (_, length) => {
    const connection = new RawConnection(replica.running.url);
    connection.write(...head('a-key-that-nobody-was-ever-given-0123456789', length));
    await until('it is refused', () => connection.answers.length > 0);
    expect(connection.answers[0]).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
    connection.destroy();
  });

  it('of a known caller is read, and the caller is looked at again when it is there', async () => {
    const { id, key } = await replica.makeKey({ scopes: ['tenants:write'] });
    const body = JSON.stringify({ slug: 'large', name: 'Large', metadata: { note: 'x'.repeat(20_000) } });
    const connection = new RawConnection(replica.running.url);
    const accepted = () => replica.running.log.filter(({ msg }) => msg === 'a caller was refused').length;
    const before = accepted();
    connection.write(...head(key, `Content-Length: ${body.length}`));
    expect(await replica.status('DELETE', `/v1/api-keys/${id}`)).toBe(204);
    expect([connection.answers, accepted()]).toEqual([[], before]);
    connection.write(body);
    await until('it is answered', () => connection.answers.length > 0);
    expect(connection.answers[0]).toMatchObject({ status: 401 });
    connection.destroy();
    expect(await replica.status('GET', '/v1/tenants/large', operatorKey)).toBe(404);
  });
});
