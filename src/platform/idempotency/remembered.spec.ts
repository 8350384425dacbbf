import { newId } from '../ids.js';
import { contextOf, runInContext } from '../request-context.js';
import { Journal, type Step } from './journal.js';
import { remembered } from './remembered.js';

describe('a value that a request makes up', () => {
  const claim = { owner: 'o', key: 'k', attempt: 'a' };

  it('is made wherever it is asked for without an idempotency key', () => {
    expect(remembered('key', () => 'one')).toBe('one');
    expect(runInContext(contextOf('r1', undefined), () => remembered('key', () => 'two'))).toBe('two');
  });

  it('is that of the first attempt in a later one, and so are ids', async () => {
    let written = '';
    const first = new Journal(claim, new Map(), (text) => text);
    const makeUp = () => ({
      key: remembered('key', () => 'secret'),
      other: remembered('key', () => 'more'),
      id: newId(),
    });
    const made = await runInContext({ ...contextOf('r1', undefined), journal: first }, async () => {
      const values = makeUp();
      await first.call('key_create', ({ journal }: Step) => Promise.resolve((written = journal)));
      return values;
    });
    const later = new Journal(claim, new Map([['key_create#0', { result: null, journal: written }]]), (text) => text);
    expect(runInContext({ ...contextOf('r2', undefined), journal: later }, makeUp)).toEqual(made);
    expect(made).toMatchObject({ key: 'secret', other: 'more' });
  });
});
