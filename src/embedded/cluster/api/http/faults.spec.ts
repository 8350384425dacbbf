import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { Faults } from './faults.js';

function incoming(method: string): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  return message;
}

describe('Faults', () => {
  const faults = new Faults(() => () => undefined);
  const meet = (path = '/api/v1/pods', method = 'GET') => faults.meet(incoming(method), path);

  afterEach(() => faults.clear());

  it('lets requests pass when there are none', async () => {
    expect(faults.any).toBe(false);
    expect(await meet()).toBe('answer');
  });

  it('end when they are lifted', async () => {
    const lift = faults.drop();
    expect(await meet()).toBe('drop');
    lift();
    expect(await meet()).toBe('answer');
  });

  it('end after as many requests as they are for', async () => {
    faults.hang({ times: 2 });
    expect([await meet(), await meet(), await meet()]).toEqual(['hang', 'hang', 'answer']);
    expect(faults.any).toBe(false);
  });

  it.each([
    ['another method', { method: 'POST' }, 'answer'],
    ['its method', { method: 'GET' }, 'drop'],
    ['a part of its path', { path: 'pods' }, 'drop'],
    ['no part of its path', { path: 'secrets' }, 'answer'],
    ['a pattern', { path: /pods$/ }, 'drop'],
    ['another pattern', { path: /^pods/ }, 'answer'],
  ])('meet a request by %s', async (_what, target, outcome) => {
    faults.drop(target);
    expect(await meet()).toBe(outcome);
  });

  it('wait before another one strikes', async () => {
    faults.latency(30);
    faults.status(500);
    const start = performance.now();
    await expect(meet()).rejects.toMatchObject({ code: 500 });
    expect(performance.now() - start).toBeGreaterThan(25);
  });

  it('pass watches on to who holds them back', () => {
    let held = 0;
    const both = new Faults(() => {
      held += 1;
      return () => {
        held -= 1;
      };
    });
    const release = both.withholdWatch();
    expect(held).toBe(1);
    release();
    expect(held).toBe(0);
  });
});
