import { exposedFunctions, exposedRelations } from '../../setup/exposed-schema.js';
import { newId } from '../../../src/platform/ids.js';
import { TwoTenants } from '../../setup/two-tenants.js';
import { claimsOfUser, makeToken, publicClient } from '../../setup/user-tokens.js';

type Claims = Readonly<Record<string, unknown>>;

describe('a token that Supabase did not give', () => {
  let two: TwoTenants;
  const owner = newId();
  const guessed = 'a-secret-that-somebody-made-up-0123456789';
  const secret = (): string => two.test.database.keys.jwtSecret;
  const claims = (change: Claims = {}): Claims => ({ ...claimsOfUser(owner), ...change });
  const seconds = (offset: number): number => Math.floor(Date.now() / 1_000) + offset;

  beforeAll(async () => {
    two = await TwoTenants.make();
    await two.join(two.acme.tenantId, owner, 'owner');
  });
  afterAll(() => two.test.drop());

  /** What a client with a token gets of every table, view and function, by name, where it gets anything. */
  const whatIsGot = async (token: string): Promise<Record<string, unknown>> => {
    const client = publicClient(two.test, token);
    const got: Record<string, unknown> = {};
    for (const { name, columns, readable } of await exposedRelations(two.test)) {
      const column = readable[0] ?? columns[0] ?? '*';
      const { data, error, count } = await client.from(name).select(column, { count: 'exact' });
      if (error === null) got[name] = { data, count };
    }
    for (const { name, parameters } of await exposedFunctions(two.test)) {
      const { data, error } = await client.rpc(name, Object.fromEntries(parameters.map((each) => [each, null])));
      if (error === null) got[name] = data;
    }
    return got;
  };
  const nothing = { data: [], count: 0 };
  /** Of every table that somebody may read, no row. */
  const emptyTables = async (): Promise<Record<string, unknown>> => {
    const readable = (await exposedRelations(two.test)).filter((relation) => relation.readable.length > 0);
    return Object.fromEntries(readable.map(({ name }) => [name, nothing]));
  };

  it('is not mistaken for one that it did give', async () => {
    const { instances } = await whatIsGot(makeToken(secret(), claims()));
    expect(instances).toEqual({ data: [{ id: two.acme.instanceId }], count: 1 });
  });

  it.each<[string, () => string]>([
    ['signed with another secret', () => makeToken(guessed, claims())],
    ['not signed', () => makeToken(undefined, claims())],
    ['not signed, in other letters', () => makeToken(undefined, claims(), { alg: 'nOnE' })],
    ['whose signature was cut off', () => `${makeToken(secret(), claims()).split('.').slice(0, 2).join('.')}.`],
    ['of another user under the same signature', () => spliced(secret(), claims({ sub: newId() }), claims())],
    ['that has expired', () => makeToken(secret(), claims({ exp: seconds(-60) }))],
    ['that is not good yet', () => makeToken(secret(), claims({ nbf: seconds(3_600) }))],
    ['of the service role, signed with another secret', () => makeToken(guessed, claims({ role: 'service_role' }))],
    ['of the service role, not signed', () => makeToken(undefined, claims({ role: 'service_role' }))],
    [
      'of the owner of the database, signed with another secret',
      () => makeToken(guessed, claims({ role: 'postgres' })),
    ],
    ['of the owner of the database, not signed', () => makeToken(undefined, claims({ role: 'postgres' }))],
    [
      'of the owner of the database, although the signature holds',
      () => makeToken(secret(), claims({ role: 'postgres' })),
    ],
    ['of a role that there is not', () => makeToken(secret(), claims({ role: 'admin' }))],
    ['that says RS256 and has an HMAC', () => makeToken(secret(), claims(), { alg: 'RS256' })],
    ['that says HS512 and is not', () => makeToken(secret(), claims(), { alg: 'HS512' })],
    ['that says none and is signed', () => makeToken(secret(), claims(), { alg: 'none' })],
    ['that wants something understood', () => makeToken(secret(), claims(), { crit: ['tenant'], tenant: 'acme' })],
    ['that is garbage', () => 'garbage'],
    ['that is the JWT secret', () => secret()],
    ['that is the secret key, spelt wrong', () => `${two.test.database.keys.secretKey}x`],
  ])('%s gets nothing, not even an empty list', async (_, token) => {
    expect(await whatIsGot(token())).toEqual({});
  });

  it.each<[string, () => string]>([
    ['a user who is a member of nothing', () => makeToken(secret(), claims({ sub: newId() }))],
    ['nobody', () => makeToken(secret(), claims({ sub: undefined }))],
    ['nobody, in an empty text', () => makeToken(secret(), claims({ sub: '' }))],
    [
      'a user whose claims name tenants and roles',
      () =>
        makeToken(secret(), {
          ...claims({ sub: newId() }),
          app_metadata: { tenant_id: two.acme.tenantId, role: 'service_role', tenants: [two.acme.tenantId] },
          user_metadata: { tenant_id: two.acme.tenantId, role: 'owner', sub: owner },
          user_role: 'owner',
          tenant_id: two.acme.tenantId,
        }),
    ],
  ])('and one of %s gets empty lists', async (_, token) => {
    expect(await whatIsGot(token())).toEqual(await emptyTables());
  });

  it('and one of no role is as good as none', async () => {
    expect(await whatIsGot(makeToken(secret(), claims({ role: undefined })))).toEqual({});
    expect(await whatIsGot(makeToken(secret(), claims({ role: 'anon' })))).toEqual({});
  });

  it.each(['ann', '00000000-0000-0000-0000-00000000000g', "' or true --", '*', '%'])(
    'and one of the user %j, who cannot be, gets nothing',
    async (sub) => {
      expect(await whatIsGot(makeToken(secret(), claims({ sub })))).toEqual({});
    },
  );
});

/** The claims of one token with the signature of another. */
function spliced(secret: string, shown: Claims, signed: Claims): string {
  const [header, payload] = makeToken(secret, shown).split('.');
  return [header, payload, makeToken(secret, signed).split('.')[2]].join('.');
}
