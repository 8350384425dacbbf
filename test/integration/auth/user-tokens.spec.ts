import { UserTokens } from '../../../src/auth/user-tokens/user-tokens.service.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { HostedDatabase } from '../../../src/platform/hosted-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

describe('a user who has signed up with Supabase', () => {
  let test: TestDatabase;
  let userId: string;
  let token: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    const { database } = test;
    const { data, error } = await database.clientWith(database.keys.publishableKey).auth.signUp({
      email: 'ann@acme.test',
      password: 'a long enough password',
    });
    if (error !== null) throw error;
    userId = data.user?.id ?? '';
    token = data.session?.access_token ?? '';
  });
  afterAll(() => test.drop());

  it('is told by the token, through the embedded one', async () => {
    const tokens = new UserTokens(test.database.userTokenIssuer, new SystemClock());
    expect(await tokens.verify(token)).toMatchObject({ userId, email: 'ann@acme.test' });
  });

  it('is not told by a token of another project', async () => {
    const tokens = new UserTokens({ secret: 'the-secret-of-another-project-000000' }, new SystemClock());
    await expect(tokens.verify(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('is not told where the project has a name that the token does not say', async () => {
    const { jwtSecret, secretKey } = test.database.keys;
    const served = await test.database.serve();
    try {
      const { userTokenIssuer } = new HostedDatabase({ url: served.url, secretKey, jwtSecret });
      await expect(new UserTokens(userTokenIssuer, new SystemClock()).verify(token)).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
    } finally {
      await served.close();
    }
  });
});
