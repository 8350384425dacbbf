import { timeZone } from '../../../src/platform/time-zone.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

describe('time zones', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  const taken = (name: string): boolean => timeZone.safeParse(name).success;

  it('that are taken are those that Postgres has, all of them', async () => {
    const rows = await test.sql<{ name: string }>(`select name from pg_timezone_names where name !~ '^posix'`);
    expect(rows.length).toBeGreaterThan(500);
    // A placeholder for a machine that was not set up.
    expect(rows.map(({ name }) => name).filter((name) => !taken(name))).toEqual(['Factory']);
    const known = new Set(rows.map(({ name }) => name));
    expect(Intl.supportedValuesOf('timeZone').filter((name) => taken(name) && !known.has(name))).toEqual([]);
  });

  it.each(['utc', 'europe/vienna', 'EST5EDT', 'Asia/Calcutta', 'GMT0'])('%s is one to both', async (name) => {
    expect(taken(name)).toBe(true);
    expect(
      await test.sql(`select ('2026-07-01T00:00Z'::timestamptz at time zone $1) is not null as known`, [name as never]),
    ).toEqual([{ known: true }]);
  });

  // To Intl they are zones: ACT is Darwin there, and Acre to Postgres.
  it.each(['ACT', 'PST', 'AGT', 'IST', 'CST', 'BST'])('refuses the abbreviation %s', (name) => {
    expect(taken(name)).toBe(false);
  });

  // Intl and Temporal take them; Postgres has no such zones.
  it.each(['US/Pacific-New', 'Canada/East-Saskatchewan', 'SystemV/PST8', 'systemv/pst8'])('refuses %s', (name) => {
    expect(taken(name)).toBe(false);
  });

  it.each([
    'Z',
    'GMT+1',
    '+01:00',
    'Etc/Unknown',
    'Factory',
    'localtime',
    'Europe/Vienna ',
    '',
    'Mars/Olympus',
    '../etc/passwd',
  ])('refuses %j', (name) => {
    expect(taken(name)).toBe(false);
  });
});
