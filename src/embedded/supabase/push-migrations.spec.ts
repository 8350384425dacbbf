import { pushMigrations, readTarget } from './push-migrations.js';

describe('the database to push to', () => {
  it.each([
    [
      'a host elsewhere, over TLS',
      'postgres://postgres:pw@db.abc.supabase.co:5432/postgres',
      'db.abc.supabase.co/postgres',
      { ssl: 'require' },
    ],
    ['a host elsewhere, as its URL says', 'postgres://u:pw@db.abc.co/app?sslmode=verify-full', 'db.abc.co/app', {}],
    ['this machine', 'postgresql://u:pw@localhost/app', 'localhost/app', {}],
    ['a unix socket', 'postgres://postgres@%2Frun%2Fpg/postgres', '/run/pg/postgres', { host: '/run/pg' }],
  ])('can be %s', (_, url, name, options) => {
    expect(readTarget(url)).toMatchObject({ kind: 'right', name, options });
  });

  it.each([
    ['nothing', undefined, 'not set'],
    ['an empty setting', '', 'not set'],
    ['a project URL', 'https://abc.supabase.co', 'not a postgres:// URL'],
    ['no URL at all', 'db.abc.supabase.co', 'not a postgres:// URL'],
  ])('cannot be %s', async (_, url, reason) => {
    const complaints: string[] = [];
    const say = (line: string): void => void complaints.push(line);
    await expect(pushMigrations({ url, dryRun: false, say, complain: say })).resolves.toBe(78);
    expect(complaints).toEqual([expect.stringContaining(reason)]);
  });

  it('is never printed with its password', async () => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const url = 'postgres://postgres:s3cr3t%21@127.0.0.1:1/postgres';
    await expect(pushMigrations({ url, dryRun: true, say, complain: say })).resolves.toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toMatch(/s3cr3t/);
  });
});
