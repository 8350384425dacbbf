import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { inspect } from 'node:util';
import { text } from 'node:stream/consumers';
import { DatabaseError } from './database-error.js';
import { HostedDatabase } from './hosted-database.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = { readonly status: number; readonly body: string; readonly location?: string } | 'hang' | 'hang up';

const ok = (body: unknown): Answer => ({ status: 200, body: JSON.stringify(body) });
const fault = (status: number, code: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ code, message, details: null, hint: null }),
});
const overloaded = fault(503, '53300', 'sorry, too many clients already');

const failure = async (work: Promise<unknown>): Promise<DatabaseError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DatabaseError)) throw new Error(`not a DatabaseError: ${inspect(error)}`);
  return error;
};

describe('a hosted database', () => {
  const secretKey = 'sb_secret_do_not_show_me_to_anybody';
  let server: Server;
  let database: HostedDatabase;
  let seen: Seen[];
  let answers: Answer[];

  beforeEach(async () => {
    seen = [];
    answers = [];
    server = createServer((request, response) => {
      const handle = async (): Promise<void> => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body: await text(request) });
        const answer = answers.shift() ?? ok(true);
        if (answer === 'hang') return;
        if (answer === 'hang up') response.destroy();
        else {
          const { status, body, location } = answer;
          const moved = location === undefined ? {} : { location };
          response.writeHead(status, { 'content-type': 'application/json', ...moved }).end(body);
        }
      };
      handle().catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    database = new HostedDatabase({ url: `http://127.0.0.1:${address.port}`, secretKey });
  });

  afterEach(async () => {
    await database.close();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  it('calls a function by name with the secret key', async () => {
    answers = [ok(true)];
    await expect(database.rpc('ping', {})).resolves.toBe(true);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/rest/v1/rpc/ping', body: '{}' });
    expect(seen[0]?.headers['apikey']).toBe(secretKey);
  });

  it('throws what the function raised', async () => {
    answers = [fault(409, 'PT409', 'slug is taken')];
    const error = await failure(database.rpc('ping', {}));
    expect(error).toMatchObject({ code: 'PT409', retryable: false, message: 'ping: slug is taken' });
  });

  it('sends a call once when nobody says that it may be sent twice', async () => {
    answers = [overloaded];
    expect(await failure(database.rpc('ping', {}))).toMatchObject({ code: '53300', retryable: true });
    expect(seen).toHaveLength(1);
  });

  it('sends an idempotent call again until it succeeds', async () => {
    answers = [overloaded, 'hang up', ok(true)];
    await expect(database.rpc('ping', {}, { idempotent: true })).resolves.toBe(true);
    expect(seen).toHaveLength(3);
  });

  it('gives up after the fifth time', async () => {
    answers = Array.from({ length: 9 }, () => overloaded);
    expect(await failure(database.rpc('ping', {}, { idempotent: true }))).toMatchObject({ code: '53300' });
    expect(seen).toHaveLength(5);
  });

  it('does not repeat a call that failed for good', async () => {
    answers = [fault(400, '22023', 'no')];
    expect(await failure(database.rpc('ping', {}, { idempotent: true }))).toMatchObject({ code: '22023' });
    expect(seen).toHaveLength(1);
  });

  it('calls a lost answer a network fault', async () => {
    answers = ['hang up'];
    expect(await failure(database.rpc('ping', {}))).toMatchObject({ code: 'network', retryable: true });
  });

  it('tells a page of a proxy from an answer of the gateway', async () => {
    answers = [{ status: 502, body: '<html>bad gateway</html>' }];
    expect(await failure(database.rpc('ping', {}))).toMatchObject({ code: 'http_502', retryable: true });
  });

  it('reads rows, and reads again after a passing fault', async () => {
    answers = [overloaded, ok([{ slug: 'acme' }])];
    await expect(database.read((client) => client.from('tenants').select('slug'))).resolves.toEqual([{ slug: 'acme' }]);
    expect(seen.map(({ url }) => url)).toEqual(['/rest/v1/tenants?select=slug', '/rest/v1/tenants?select=slug']);
  });

  it('leaves repeating to us: supabase-js does not repeat a read by itself', async () => {
    answers = [fault(503, 'PT503', 'closed')];
    await failure(database.read((client) => client.from('tenants').select('slug')));
    expect(seen).toHaveLength(1);
  });

  it('rejects with the reason of a signal that aborted before', async () => {
    const reason = new Error('shutting down');
    await expect(database.rpc('ping', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toHaveLength(0);
  });

  it.each([[true], [false]])(
    'rejects with the reason of a signal that aborts meanwhile, idempotent %p',
    async (idempotent) => {
      answers = ['hang'];
      const controller = new AbortController();
      const call = database.rpc('ping', {}, { idempotent, signal: controller.signal });
      const rejected = call.catch((error: unknown) => String(error));
      while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort(new Error('shutting down'));
      await expect(rejected).resolves.toBe('Error: shutting down');
      expect(seen).toHaveLength(1);
    },
  );

  it('stops waiting for the next try when the signal aborts', async () => {
    answers = Array.from({ length: 9 }, () => overloaded);
    const call = database.rpc('ping', {}, { idempotent: true, signal: AbortSignal.timeout(120) });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(seen.length).toBeLessThan(5);
  });

  it('never shows its key', async () => {
    answers = ['hang up', overloaded];
    const errors = [await failure(database.rpc('ping', {})), await failure(database.rpc('ping', {}))];
    const shown = errors.map(
      (error) => `${inspect(error, { depth: 9, showHidden: true })}${error.stack}${JSON.stringify(error)}`,
    );
    expect(shown.join()).not.toContain(secretKey);
  });

  it.each([301, 302, 303, 307, 308])(
    'follows no answer of %i to elsewhere: its key is for nobody else',
    async (status) => {
      answers = Array.from({ length: 5 }, () => ({ status, body: '', location: '/elsewhere' }));
      expect((await failure(database.ping())).code).toBe('network');
      expect(seen.map(({ url }) => url)).toEqual(['/rest/v1/rpc/ping']);
    },
  );

  it('is called supabase, and answers a ping', async () => {
    expect(database.kind).toBe('supabase');
    await expect(database.ping()).resolves.toBeUndefined();
    expect(seen[0]?.url).toBe('/rest/v1/rpc/ping');
  });

  it.each(['https://abc.supabase.co', 'https://abc.supabase.co/', 'https://abc.supabase.co//'])(
    'at %s has users whose tokens its own auth issues',
    (url) => {
      expect(new HostedDatabase({ url, secretKey }).userTokenIssuer).toEqual({
        name: 'https://abc.supabase.co/auth/v1',
        jwksUrl: 'https://abc.supabase.co/auth/v1/.well-known/jwks.json',
        secret: undefined,
      });
    },
  );

  it('may have users whose tokens name another issuer, and are signed with a secret', () => {
    const told = { jwtIssuer: 'https://login.acme.test/auth/v1', jwtSecret: 's'.repeat(32) };
    expect(new HostedDatabase({ url: 'http://kong:8000', secretKey, ...told }).userTokenIssuer).toEqual({
      name: told.jwtIssuer,
      jwksUrl: 'http://kong:8000/auth/v1/.well-known/jwks.json',
      secret: told.jwtSecret,
    });
  });
});
