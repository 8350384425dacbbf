import type { ServerResponse } from 'node:http';
import { SigningKeys, SigningKeysUnavailable } from './signing-keys.client.js';
import { SetClock } from './testing/set-clock.js';
import { ListingIssuer, makeKey, type SigningKey } from './testing/token-issuer.service.js';

const status =
  (code: number, body = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end(body);

describe('the keys that an issuer signs with', () => {
  let first: SigningKey;
  let second: SigningKey;
  let issuer: ListingIssuer;
  let clock: SetClock;
  let keys: SigningKeys;
  const isFound = async (id: string | undefined, algorithm = 'ES256'): Promise<boolean> =>
    (await keys.find(algorithm, id)) !== undefined;

  beforeAll(async () => {
    first = await makeKey('ES256', 'first');
    second = await makeKey('ES256', 'second');
  });
  beforeEach(async () => {
    issuer = await ListingIssuer.start();
    issuer.lists(first);
    clock = new SetClock();
    keys = new SigningKeys(issuer.described.jwksUrl, clock, { timeoutMs: 500 });
  });
  afterEach(() => issuer.stop());

  it('are asked for when one is needed, once however many need it', async () => {
    expect(issuer.asked).toBe(0);
    const found = await Promise.all(Array.from({ length: 50 }, () => isFound('first')));
    expect(found).toEqual(found.map(() => true));
    expect(await isFound('first')).toBe(true);
    expect(issuer.asked).toBe(1);
  });

  it('are found by id and algorithm, and without an id where there is one of that algorithm', async () => {
    expect(await isFound('first')).toBe(true);
    expect(await isFound('first', 'RS256')).toBe(false);
    expect(await isFound(undefined)).toBe(true);
    issuer.lists(first, second);
    keys.flush();
    expect(await isFound(undefined)).toBe(false);
    expect(await isFound('second')).toBe(true);
  });

  it('are asked for again when one is missing, but not more often than once in the pause', async () => {
    await isFound('first');
    issuer.lists(first, second);
    expect(await isFound('second')).toBe(false);
    clock.advance(29);
    expect(await isFound('second')).toBe(false);
    expect(issuer.asked).toBe(1);
    clock.advance(1);
    expect(await Promise.all([isFound('second'), isFound('second'), isFound('third')])).toEqual([true, true, false]);
    expect(issuer.asked).toBe(2);
    for (const id of ['4', '5', '6']) expect(await isFound(id)).toBe(false);
    expect(issuer.asked).toBe(2);
  });

  it('are forgotten when they are old: one that was taken back is not believed after that', async () => {
    await isFound('first');
    issuer.lists(second);
    clock.advance(600);
    expect(await isFound('first')).toBe(true);
    clock.advance(1);
    expect(await isFound('first')).toBe(false);
    expect(await isFound('second')).toBe(true);
    expect(issuer.asked).toBe(2);
  });

  it('are asked for anew after a flush, also when a question was on its way', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
    issuer.answer = resolve;
    const early = isFound('first');
    const late = await arrived;
    keys.flush();
    issuer.answer = undefined;
    issuer.lists(second);
    expect(await isFound('second')).toBe(true);
    status(200, JSON.stringify({ keys: [first.publicJwk] }))(late);
    await early.catch(() => undefined);
    expect(await isFound('first')).toBe(false);
  });

  describe('when the issuer is of no use', () => {
    it.each<[string, (response: ServerResponse) => void]>([
      ['fails', status(500)],
      ['knows no list', status(404, 'not here')],
      ['sends elsewhere', status(302, '', { location: 'http://127.0.0.1:1/' })],
      ['answers with no JSON', status(200, '<html>')],
      ['answers with no list', status(200, '{"keys": {}}')],
      ['lists what is no key', status(200, '{"keys": ["first"]}')],
      ['answers with more than a list', status(200, ' '.repeat(300_000))],
      ['hangs up', (response) => response.destroy()],
      ['says nothing', () => undefined],
    ])('nothing can be said: it %s', async (_, answer) => {
      issuer.answer = answer;
      await expect(keys.find('ES256', 'first')).rejects.toThrow(SigningKeysUnavailable);
      expect(issuer.asked).toBe(1);
    });

    it('asks again after a short pause, and found when it is back', async () => {
      issuer.answer = status(503);
      await expect(isFound('first')).rejects.toThrow(SigningKeysUnavailable);
      issuer.answer = undefined;
      await expect(isFound('first')).rejects.toThrow(SigningKeysUnavailable);
      expect(issuer.asked).toBe(1);
      clock.advance(2);
      expect(await isFound('first')).toBe(true);
    });

    it('lets an old list serve for an hour, and not for ever', async () => {
      await isFound('first');
      issuer.answer = status(503);
      clock.advance(3_600);
      expect(await isFound('first')).toBe(true);
      expect(issuer.asked).toBe(2);
      clock.advance(1);
      await expect(isFound('first')).rejects.toThrow(SigningKeysUnavailable);
    });

    it('a key that is not on the list may be a new one: nothing can be said', async () => {
      await isFound('first');
      issuer.answer = status(503);
      clock.advance(30);
      await expect(isFound('second')).rejects.toThrow(SigningKeysUnavailable);
      await expect(isFound('second')).rejects.toThrow(SigningKeysUnavailable);
      expect(await isFound('first')).toBe(true);
      expect(issuer.asked).toBe(2);
    });
  });
});
