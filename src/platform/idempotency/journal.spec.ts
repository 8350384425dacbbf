import { DatabaseError } from '../database-error.js';
import { type DoneStep, Journal, type Step } from './journal.js';

const claim = { owner: 'operator', key: 'k', attempt: 'a1' };

/** A database that keeps what a journal writes down with each call, as `call_once` does. */
class Done {
  readonly steps = new Map<string, DoneStep>();

  attempt(): Journal {
    return new Journal(claim, new Map(this.steps), (text) => text);
  }

  call(journal: Journal, name: string, result: unknown): Promise<unknown> {
    return journal.call(name, ({ step, journal: text }: Step) => {
      this.steps.set(step, { result, journal: text });
      return Promise.resolve(result);
    });
  }
}

const never = () => Promise.reject(new Error('was asked again'));
const refused = new DatabaseError('put: taken', { code: 'PT409', retryable: false, hint: 'host_taken', details: 'h' });

describe('a first attempt', () => {
  it('asks everything itself, and numbers the calls of each function', async () => {
    const done = new Done();
    const journal = done.attempt();
    await expect(journal.read('url', () => Promise.resolve([1]))).resolves.toEqual([1]);
    expect(journal.make('id', () => 'i1')).toBe('i1');
    await expect(done.call(journal, 'put', { n: 1 })).resolves.toEqual({ n: 1 });
    await done.call(journal, 'put', { n: 2 });
    await done.call(journal, 'act', null);
    expect([...done.steps.keys()]).toEqual(['put#0', 'put#1', 'act#0']);
    expect(journal).toMatchObject({ replayed: false, unreached: [] });
  });

  it('writes down with each call what it learnt since the one before', async () => {
    const done = new Done();
    const journal = done.attempt();
    await journal.read('one', () => Promise.resolve(1));
    await done.call(journal, 'put', null);
    await journal.read('two', () => Promise.resolve(2));
    await done.call(journal, 'put', null);
    expect([...done.steps.values()].map(({ journal: text }) => JSON.parse(text))).toEqual([
      { 'read one#0': { value: 1 } },
      { 'read two#0': { value: 2 } },
    ]);
  });

  it('writes down again what a failed call did not bring to the database', async () => {
    const done = new Done();
    const journal = done.attempt();
    await journal.read('one', () => Promise.resolve(1));
    await expect(journal.call('put', () => Promise.reject(refused))).rejects.toBe(refused);
    await done.call(journal, 'put', null);
    expect(JSON.parse(done.steps.get('put#1')?.journal ?? '')).toMatchObject({
      'read one#0': { value: 1 },
      'call put#0': { fault: { code: 'PT409', hint: 'host_taken', details: 'h' } },
    });
  });

  it('keeps what was read as it was, whatever the handler makes of it', async () => {
    const done = new Done();
    const journal = done.attempt();
    const row = await journal.read('row', () => Promise.resolve({ n: 1 }));
    row.n = 2;
    await done.call(journal, 'put', null);
    await expect(done.attempt().read('row', never)).resolves.toEqual({ n: 1 });
  });

  it('keeps no more than a megabyte of what it read', async () => {
    const done = new Done();
    const journal = done.attempt();
    await journal.read('large', () => Promise.resolve('x'.repeat(600_000)));
    await journal.read('larger', () => Promise.resolve('x'.repeat(600_000)));
    await done.call(journal, 'put', null);
    expect(Object.keys(JSON.parse(done.steps.get('put#0')?.journal ?? ''))).toEqual(['read large#0']);
  });

  it('is open until it is closed', () => {
    const journal = new Done().attempt();
    expect(journal.isOpen).toBe(true);
    journal.close();
    expect(journal.isOpen).toBe(false);
  });
});

describe('a later attempt', () => {
  /** What was done by an attempt that read, made up an id, changed something, read the same again, and changed something else. */
  async function half(): Promise<Done> {
    const done = new Done();
    const journal = done.attempt();
    await journal.read('row', () => Promise.resolve({ version: 1 }));
    journal.make('id', () => 'i1');
    await done.call(journal, 'put', { version: 2 });
    await journal.read('row', () => Promise.resolve({ version: 2 }));
    await done.call(journal, 'act', null);
    return done;
  }

  it('sees the world as the first one saw it, and does nothing again', async () => {
    const journal = (await half()).attempt();
    await expect(journal.read('row', never)).resolves.toEqual({ version: 1 });
    expect(journal.make('id', () => 'another')).toBe('i1');
    await expect(journal.call('put', never)).resolves.toEqual({ version: 2 });
    expect(journal).toMatchObject({ replayed: true, unreached: ['act#0'] });
    await expect(journal.read('row', never)).resolves.toEqual({ version: 2 });
    await expect(journal.call('act', never)).resolves.toBeNull();
    expect(journal.unreached).toEqual([]);
  });

  it('goes on by itself where the first one ended', async () => {
    const done = await half();
    const journal = done.attempt();
    await journal.call('put', never);
    await journal.call('act', never);
    await journal.read('other', () => Promise.resolve(3));
    expect(journal.make('id', () => 'i-of-the-first')).toBe('i1');
    expect(journal.make('id', () => 'i2')).toBe('i2');
    await done.call(journal, 'act', 'again');
    expect([...done.steps.keys()]).toEqual(['put#0', 'act#0', 'act#1']);
  });

  it('fails where the first one failed, to go the way that that one went then', async () => {
    const done = new Done();
    const first = done.attempt();
    await first.call('put', () => Promise.reject(refused)).catch(() => undefined);
    await done.call(first, 'put', 'another name');
    const second = done.attempt();
    await expect(second.call('put', never)).rejects.toMatchObject({
      name: 'DatabaseError',
      message: 'put: taken',
      code: 'PT409',
      hint: 'host_taken',
      details: 'h',
      retryable: false,
    });
    expect(second.replayed).toBe(false);
    await expect(second.call('put', never)).resolves.toBe('another name');
  });

  it('tries again what failed for a passing reason', async () => {
    const done = new Done();
    const first = done.attempt();
    const away = new DatabaseError('put: away', { code: 'network', retryable: true });
    await first.call('put', () => Promise.reject(away)).catch(() => undefined);
    await done.call(first, 'act', null);
    expect(JSON.parse(done.steps.get('act#0')?.journal ?? '')).toEqual({});
  });

  it('changes nothing before it has come to all that was changed', async () => {
    const journal = (await half()).attempt();
    await expect(journal.call('delete', never)).rejects.toMatchObject({ kind: 'internal', message: /put#0, act#0/ });
    expect(journal.replayed).toBe(false);
  });
});

describe('an attempt whose claim another one has', () => {
  it('is told so, and does not take that for an answer of the function', async () => {
    const done = new Done();
    const journal = done.attempt();
    const lost = new DatabaseError('put: lost', { code: 'PT409', retryable: false, hint: 'idempotency_claim_lost' });
    await expect(journal.call('put', () => Promise.reject(lost))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'idempotency_in_progress',
      members: { retry_after_seconds: 1 },
      cause: lost,
    });
    await done.call(journal, 'act', null);
    expect(JSON.parse(done.steps.get('act#0')?.journal ?? '')).toEqual({});
  });
});
