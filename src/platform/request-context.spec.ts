import { setTimeout as delay } from 'node:timers/promises';
import { Journal } from './idempotency/journal.js';
import {
  acceptRequestId,
  contextOf,
  currentContext,
  currentJournal,
  runBeyondRequest,
  runInContext,
  traceparentOf,
} from './request-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('the request id of a caller', () => {
  it.each(['a', 'REQ-1_2.3', 'x'.repeat(128)])('is taken: %s', (header) => {
    expect(acceptRequestId(header)).toBe(header);
  });
  it.each(['', 'a b', 'x'.repeat(129), 'a\nforged: 1', 'ä', '{}', undefined, ['a', 'b']])(
    'is not taken: %j',
    (header) => {
      expect(acceptRequestId(header)).toBeUndefined();
    },
  );
});

describe('the trace of a request', () => {
  it('goes on where the caller began it', () => {
    expect(contextOf('r', `00-${traceId}-${spanId}-01`)).toEqual({
      requestId: 'r',
      traceId,
      parentSpanId: spanId,
      sampled: true,
    });
    expect(contextOf('r', `00-${traceId}-${spanId}-00`).sampled).toBe(false);
  });

  it('goes on from a later version of the header too', () => {
    expect(contextOf('r', `cc-${traceId}-${spanId}-01-what-comes`)).toMatchObject({ traceId });
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
  ])('begins anew after %j', (header) => {
    const context = contextOf('r', header);
    expect(context).toEqual({ requestId: 'r', traceId: expect.stringMatching(/^[0-9a-f]{32}$/), sampled: false });
    expect(context.traceId).not.toBe(traceId);
  });

  it('is handed on with a span of its own', () => {
    const context = contextOf('r', `00-${traceId}-${spanId}-01`);
    const handedOn = traceparentOf(context);
    expect(handedOn).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(handedOn).not.toContain(spanId);
  });
});

const run = (id: string) =>
  runInContext(contextOf(id, undefined), async () => {
    await delay(2);
    return currentContext()?.requestId;
  });

describe('the running context', () => {
  it('is nobody’s outside of a request', () => {
    expect(currentContext()).toBeUndefined();
  });

  it('stays with the work, across waits and beside other work', async () => {
    await expect(Promise.all([run('a'), run('b')])).resolves.toEqual(['a', 'b']);
    expect(currentContext()).toBeUndefined();
  });
});

describe('the journal of a request', () => {
  const journal = new Journal({ owner: 'o', key: 'k', attempt: 'a' }, new Map(), (text) => text);
  const context = { ...contextOf('r1', undefined), actor: 'operator', journal };

  it('is there while the request is worked on, after any wait', async () => {
    expect(currentJournal()).toBeUndefined();
    expect(runInContext(contextOf('r1', undefined), currentJournal)).toBeUndefined();
    await runInContext(context, async () => {
      await delay(1);
      expect(currentJournal()).toBe(journal);
    });
  });

  it('is not there for work that goes on beyond the request, which keeps everything else', () => {
    const { journal: _, ...rest } = context;
    const seen = runInContext(context, () => runBeyondRequest(() => [currentJournal(), currentContext()]));
    expect(seen).toEqual([undefined, rest]);
    expect(runBeyondRequest(currentContext)).toBeUndefined();
  });

  it('is there no more once the request has been answered', async () => {
    const late = runInContext(context, async () => {
      await delay(1);
      return currentJournal();
    });
    journal.close();
    await expect(late).resolves.toBeUndefined();
  });
});
