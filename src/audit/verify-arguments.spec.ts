import { parseArguments, type TrailSource } from './verify-arguments.js';

const service = {
  kind: 'service',
  url: 'http://127.0.0.1:3000',
  key: undefined,
  keyFile: '.tenantry/operator-key',
} as const;
const supabase = { SUPABASE_URL: 'https://x.supabase.co', SUPABASE_SECRET_KEY: 'secret' };

function sourceOf(argv: readonly string[], environment: Record<string, string> = {}): TrailSource | string {
  const parsed = parseArguments(argv, environment);
  return parsed.state === 'right' ? parsed.arguments.source : parsed.reason;
}

describe('where audit:verify reads from', () => {
  it.each<[string, string[], Record<string, string>, TrailSource]>([
    ['the running service', [], {}, service],
    [
      'the running service where it listens',
      [],
      { HOST: '::1', PORT: '80', TENANTRY_DATA_DIR: '/d' },
      { ...service, url: 'http://::1:80', keyFile: '/d/operator-key' },
    ],
    ['the running service with a key', [], { TENANTRY_ADMIN_KEY: 'k' }, { ...service, key: 'k' }],
    ['a service elsewhere', ['--url', 'https://t.example'], supabase, { ...service, url: 'https://t.example' }],
    ['the database', [], supabase, { kind: 'database', url: 'https://x.supabase.co', secretKey: 'secret' }],
    ['a file, whatever else is set', ['a.ndjson'], supabase, { kind: 'file', path: 'a.ndjson' }],
    ['standard input', ['-'], supabase, { kind: 'stdin' }],
  ])('%s', (_, argv, environment, source) => {
    expect(sourceOf(argv, environment)).toEqual(source);
  });

  it('with keys to trust and a checkpoint to expect', () => {
    const hash = 'ab'.repeat(32);
    const parsed = parseArguments(['x', '--keys', 'k.json', '--expect', `7:${hash}`], {});
    expect(parsed).toMatchObject({ state: 'right', arguments: { keysFile: 'k.json', expected: { number: 7, hash } } });
  });

  it.each([
    ['two files', ['a', 'b'], 'more than one file'],
    ['a checkpoint without a hash', ['--expect', '7'], '--expect takes'],
    ['a checkpoint with half a hash', ['--expect', '7:abcd'], '--expect takes'],
    ['what is no option', ['--key', 'x'], 'Unknown option'],
  ])('but not with %s', (_, argv, reason) => {
    expect(sourceOf(argv)).toContain(reason);
  });
});
