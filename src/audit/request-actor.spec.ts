import { contextOf, runInContext } from '../platform/request-context.js';
import { bySystem } from './change-context.js';
import { requestActor } from './request-actor.js';

describe('who makes a change', () => {
  const request = contextOf('request-1', undefined);

  it('is the system outside of any request', () => {
    expect(requestActor()).toEqual({ actor: 'system', request_id: null });
    expect(requestActor()).toBe(bySystem);
  });

  it('is whom the running request was authenticated as, by its id', () => {
    const context = { ...request, actor: 'operator' };
    expect(runInContext(context, requestActor)).toEqual({
      actor: 'operator',
      request_id: 'request-1',
      credential: null,
      member: null,
      address: null,
    });
  });

  it('says with which key, and from where', () => {
    const context = { ...request, actor: 'key:k1', credential: 'k1', address: '192.0.2.1' };
    expect(runInContext(context, requestActor)).toMatchObject({ credential: 'k1', address: '192.0.2.1' });
    const user = { ...request, actor: 'user:u1', member: 'u1' };
    expect(runInContext(user, requestActor)).toMatchObject({ credential: null, member: 'u1' });
  });

  it('is never somebody before that is known', () => {
    expect(runInContext(request, requestActor)).toBe(bySystem);
  });

  it('is known after any wait, and not to other requests', async () => {
    const later = (actor: string): Promise<unknown> =>
      runInContext({ ...request, actor, requestId: `of-${actor}` }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return requestActor();
      });
    expect(await Promise.all([later('a'), later('b')])).toMatchObject([
      { actor: 'a', request_id: 'of-a' },
      { actor: 'b', request_id: 'of-b' },
    ]);
    expect(requestActor()).toBe(bySystem);
  });
});
