import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { isKeyText } from '../../../src/auth/api-keys/key-text.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { operatorKey, Replica } from './callers.js';

const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'keys.mjs');

describe('npm run keys', () => {
  let test: TestDatabase;
  let replica: Replica;
  let directory: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    await Provisioning.in(test);
    replica = await Replica.start(test.database, [TenantsModule]);
    directory = await mkdtemp(join(tmpdir(), 'tenantry-keys-'));
    await writeFile(join(directory, 'operator-key'), `${operatorKey}\n`);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
    await rm(directory, { recursive: true });
  });

  async function run(args: string[], environment: Record<string, string> = {}) {
    const env = {
      NODE_OPTIONS: '',
      TENANTRY_KEY: '',
      TENANTRY_URL: replica.running.url,
      TENANTRY_DATA_DIR: directory,
      ...environment,
    };
    const { stdout, stderr, exitCode } = await execa(process.execPath, [script, ...args], { env, reject: false });
    return { stdout, stderr, exitCode };
  }

  it('makes a key, whose text alone is on stdout; lists, rotates and revokes it', async () => {
    const made = await run([
      'create',
      '--name',
      'ci',
      '--tenant',
      'acme',
      '--scopes',
      'tenants:read, keys:write',
      '--rate-limit',
      '60',
    ]);
    expect([made.exitCode, isKeyText(made.stdout)]).toEqual([0, true]);
    expect(made.stderr).not.toContain(made.stdout);
    expect(await replica.status('GET', '/v1/tenants', made.stdout)).toBe(200);
    const [id = ''] = made.stderr.split('  ');
    const listed = await run(['list', '--tenant', 'acme']);
    expect(listed.stdout).toMatch(
      new RegExp(`^${id}  tnt_test_\\w{6}…  active  .*"ci"  keys:write,tenants:read  expires never`, 'm'),
    );
    const rotated = await run(['rotate', id, '--overlap', '0'], { TENANTRY_KEY: made.stdout });
    expect([rotated.exitCode, isKeyText(rotated.stdout)]).toEqual([0, true]);
    expect(await replica.status('GET', '/v1/tenants', made.stdout)).toBe(401);
    const revoked = await run(['revoke', rotated.stderr.split('  ')[0] ?? '']);
    expect([revoked.exitCode, revoked.stdout]).toEqual([0, '']);
    expect(await replica.status('GET', '/v1/tenants', rotated.stdout)).toBe(401);
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ['nothing', [], {}, 'npm run keys'],
    ['a command that there is not', ['destroy'], {}, 'there is no command destroy'],
    ['an option that there is not', ['list', '--colour', 'red'], {}, "Unknown option '--colour'"],
    ['too little', ['create', '--name', 'x'], {}, 'create needs --name and --scopes'],
    ['no id', ['revoke'], {}, 'which key?'],
    ['what the API refuses', ['create', '--name', '', '--scopes', 'dreams'], {}, '400 validation_failed'],
    ['a key that is not known', ['list'], { TENANTRY_KEY: 'wrong' }, '401 unauthenticated'],
    ['no key at all', ['list'], { TENANTRY_DATA_DIR: '/nowhere' }, 'no operator key at /nowhere/operator-key'],
    ['nobody there', ['list'], { TENANTRY_URL: 'http://127.0.0.1:1' }, 'does not answer'],
  ])('says what is wrong with %s, without a stack', async (_, args, environment, message) => {
    const { stdout, stderr, exitCode } = await run(args, environment);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
