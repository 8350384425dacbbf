import { setImmediate as turn } from 'node:timers/promises';
import { CredentialChanges } from './credential-changes.service.js';
import type { ChangesSince, CredentialChange } from './credentials.store.js';

type Reply = ChangesSince | Error;

/** A database that answers one question after the other as it is told, and a time that passes as it is told. */
class Scene {
  time = 0;
  readonly questions: (number | null)[] = [];
  readonly forgotten: (CredentialChange | 'everything')[] = [];
  readonly changes: CredentialChanges;
  private readonly replies: Reply[] = [];
  private held: (() => void) | undefined;
  hold = false;

  constructor() {
    const question = { changesSince: (seen: number | null) => this.answer(seen) };
    this.changes = new CredentialChanges(question, () => this.time);
    this.changes.onForget((change) => this.forgotten.push(change));
  }

  answering(...replies: Reply[]): this {
    this.replies.push(...replies);
    return this;
  }

  release(): void {
    this.held?.();
  }

  private async answer(seen: number | null): Promise<ChangesSince> {
    this.questions.push(seen);
    const reply = this.replies.shift() ?? nothing(seen ?? 0);
    if (this.hold) await new Promise<void>((resolve) => (this.held = resolve));
    else await turn();
    if (reply instanceof Error) throw reply;
    return reply;
  }
}

const nothing = (version: number): ChangesSince => ({ version, reset: false, changes: [] });
const all = (version: number): ChangesSince => ({ version, reset: true, changes: [] });
const away = new Error('away');
const unavailable = expect.objectContaining({ kind: 'unavailable', code: 'database_unavailable' });

async function asked(scene: Scene): Promise<Scene> {
  await scene.changes.refresh();
  return scene;
}

describe('how fresh is what is remembered', () => {
  it('is not, before anything was asked', async () => {
    const scene = new Scene().answering(all(7));
    expect(scene.changes.isFresh()).toBe(false);
    await scene.changes.refresh();
    expect([scene.changes.isFresh(), scene.questions]).toEqual([true, [null]]);
    expect(scene.forgotten).toEqual(['everything']);
  });

  it('is for a second, counted from the question and not from the answer', async () => {
    const scene = new Scene().answering(all(7));
    scene.hold = true;
    const refreshing = scene.changes.refresh();
    await turn();
    scene.time = 600;
    scene.release();
    await refreshing;
    scene.time = 1_000;
    expect(scene.changes.isFresh()).toBe(true);
    scene.time = 1_001;
    expect(scene.changes.isFresh()).toBe(false);
  });

  it('is seen to ahead of the time, by one question that nobody waits for', async () => {
    const scene = await asked(new Scene().answering(all(7)));
    scene.time = 750;
    expect([scene.changes.isFresh(), scene.questions.length]).toEqual([true, 1]);
    scene.time = 751;
    for (let n = 0; n < 100; n += 1) expect(scene.changes.isFresh()).toBe(true);
    expect(scene.questions).toEqual([null, 7]);
    await turn();
    await turn();
    scene.time = 1_700;
    expect(scene.changes.isFresh()).toBe(true);
  });

  it('is waited for by everybody with one question, after nobody came for long', async () => {
    const scene = await asked(new Scene().answering(all(7)));
    scene.time = 60_000;
    await Promise.all(Array.from({ length: 50 }, () => scene.changes.refresh()));
    expect(scene.questions).toEqual([null, 7]);
  });

  it('is not by an answer that took longer than it is good for', async () => {
    const scene = new Scene().answering(all(7));
    scene.hold = true;
    const refreshing = scene.changes.refresh();
    await turn();
    scene.time = 2_000;
    scene.hold = false;
    scene.release();
    await refreshing;
    expect(scene.questions).toEqual([null, 7]);
    expect(scene.changes.isFresh()).toBe(true);
  });
});

describe('what must be forgotten', () => {
  const revoked: CredentialChange = { kind: 'key', subject: 'k' };

  it('is told once, in order, and counted', async () => {
    const member: CredentialChange = { kind: 'user', subject: 'u' };
    const scene = await asked(new Scene().answering(all(7), { version: 9, reset: false, changes: [revoked, member] }));
    const { generation } = scene.changes;
    scene.time = 1_500;
    await scene.changes.refresh();
    expect(scene.forgotten).toEqual(['everything', revoked, member]);
    expect(scene.changes.generation).toBe(generation + 2);
    scene.time = 3_000;
    await scene.changes.refresh();
    expect([scene.questions, scene.forgotten.length]).toEqual([[null, 7, 9], 3]);
  });

  it('is told at once where this replica has changed it', async () => {
    const scene = await asked(new Scene());
    scene.changes.forget(revoked);
    expect(scene.forgotten).toEqual([revoked]);
  });
});

describe('when the database does not answer', () => {
  it('nothing can be told', async () => {
    await expect(new Scene().answering(away, away).changes.refresh()).rejects.toEqual(unavailable);
  });

  it('is not asked by every request, but soon again', async () => {
    const scene = new Scene().answering(away);
    for (let n = 0; n < 20; n += 1) await expect(scene.changes.refresh()).rejects.toEqual(unavailable);
    expect(scene.questions).toHaveLength(1);
    scene.time = 500;
    await scene.changes.refresh();
    expect(scene.questions).toHaveLength(2);
  });

  it('what is known goes on for its second', async () => {
    const scene = await asked(new Scene().answering(all(7), away, away));
    scene.time = 900;
    expect(scene.changes.isFresh()).toBe(true);
    await turn();
    await turn();
    scene.time = 1_000;
    await scene.changes.refresh();
    scene.time = 1_001;
    await expect(scene.changes.refresh()).rejects.toEqual(unavailable);
  });

  it('what is older will do for a route that says so, and no longer than it says', async () => {
    const scene = await asked(new Scene().answering(all(7), ...Array.from({ length: 9 }, () => away)));
    scene.time = 30_000;
    await expect(scene.changes.refresh()).rejects.toEqual(unavailable);
    await expect(scene.changes.refresh(60)).resolves.toBeUndefined();
    scene.time = 60_001;
    await expect(scene.changes.refresh(60)).rejects.toEqual(unavailable);
  });

  it('nothing will do that was never known', async () => {
    await expect(new Scene().answering(away, away).changes.refresh(3_600)).rejects.toEqual(unavailable);
  });
});
