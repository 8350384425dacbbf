import { setImmediate as turn } from 'node:timers/promises';
import { CredentialChanges } from './credential-changes.service.js';
import { Remembered } from './remembered.js';

/** Credentials that are what `rows` says, read slowly or not at all. */
class Scene {
  time = 0;
  away = false;
  readonly reads: string[] = [];
  readonly rows = new Map<string, string>([['a', 'first']]);
  beforeAnswer: (() => void) | undefined;
  readonly changes = new CredentialChanges(
    {
      changesSince: () =>
        this.away ? Promise.reject(new Error('away')) : Promise.resolve({ version: 1, reset: false, changes: [] }),
    },
    () => this.time,
  );
  readonly remembered: Remembered<string>;

  constructor(capacity = 100) {
    this.remembered = new Remembered<string>(this.changes, {
      capacity,
      isAbout: ({ subject }, name) => subject === name,
      read: async (name) => {
        this.reads.push(name);
        if (this.away) throw new Error('away');
        const found = this.rows.get(name);
        await turn();
        const act = this.beforeAnswer;
        this.beforeAnswer = undefined;
        act?.();
        return found;
      },
    });
  }
}

const change = (subject: string) => ({ kind: 'key' as const, subject });

describe('what a replica remembers', () => {
  it('is read once, by however many ask', async () => {
    const scene = new Scene();
    expect(scene.remembered.recall('a')).toBeUndefined();
    expect(await Promise.all(Array.from({ length: 20 }, () => scene.remembered.find('a')))).toEqual(
      Array(20).fill('first'),
    );
    expect(scene.remembered.recall('a')).toEqual({ found: 'first' });
    expect(scene.reads).toEqual(['a']);
  });

  it('is also that there is nothing', async () => {
    const scene = new Scene();
    for (let n = 0; n < 5; n += 1) expect(await scene.remembered.find('x')).toBeUndefined();
    expect(scene.remembered.recall('x')).toEqual({ found: undefined });
    expect(scene.reads).toEqual(['x']);
  });

  it('is not recalled when it is old, until it is known that nothing has changed', async () => {
    const scene = new Scene();
    await scene.remembered.find('a');
    scene.time = 5_000;
    expect(scene.remembered.recall('a')).toBeUndefined();
    await scene.remembered.find('a');
    expect(scene.remembered.recall('a')).toEqual({ found: 'first' });
    expect(scene.reads).toEqual(['a']);
  });

  it('is read again after a change, also when nothing was there', async () => {
    const scene = new Scene();
    await scene.remembered.find('a');
    await scene.remembered.find('x');
    scene.rows.set('x', 'new').set('a', 'second');
    scene.changes.forget(change('x'));
    expect([await scene.remembered.find('x'), await scene.remembered.find('a')]).toEqual(['new', 'first']);
    scene.changes.forget('everything');
    expect(await scene.remembered.find('a')).toBe('second');
  });

  it('is never what was read before a change and arrives after it', async () => {
    const scene = new Scene();
    scene.beforeAnswer = () => {
      scene.rows.set('a', 'second');
      scene.changes.forget(change('a'));
    };
    expect(await scene.remembered.find('a')).toBe('second');
    expect(scene.remembered.recall('a')).toEqual({ found: 'second' });
    expect(scene.reads).toEqual(['a', 'a']);
  });

  it('is not pushed out by guesses', async () => {
    const scene = new Scene(10);
    await scene.remembered.find('a');
    for (let n = 0; n < 100; n += 1) await scene.remembered.find(`guess-${n}`);
    await scene.remembered.find('a');
    expect(scene.reads.filter((name) => name === 'a')).toHaveLength(1);
  });

  it('cannot be told when the database is away, but for what a route lets pass', async () => {
    const scene = new Scene();
    await scene.remembered.find('a');
    scene.away = true;
    scene.time = 10_000;
    const unavailable = expect.objectContaining({ kind: 'unavailable' });
    await expect(scene.remembered.find('a')).rejects.toEqual(unavailable);
    expect(await scene.remembered.find('a', 60)).toBe('first');
    await expect(scene.remembered.find('b', 60)).rejects.toEqual(unavailable);
  });
});
