import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

interface Ask {
  subject?: string;
  quota?: number;
  window_ms?: number;
  window?: string | null;
  returned?: number;
  need?: number;
  want?: number;
}
interface Answer {
  subject: string;
  window: string;
  granted: number;
  remaining: number;
  resets_in_ms: number;
}

const plain = { subject: 'a', quota: 100, window_ms: 60_000, window: null, returned: 0, need: 1, want: 1 };

describe('rate_limit_reserve', () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await createTestDatabase();
  });
  afterEach(() => test.drop());

  async function reserve(...asks: Ask[]): Promise<Answer[]> {
    const whole = asks.map((ask) => ({ ...plain, ...ask }));
    return JSON.parse(JSON.stringify(await test.database.rpc('rate_limit_reserve', { p_asks: whole })));
  }
  async function first(ask: Ask): Promise<Answer> {
    const [answer] = await reserve(ask);
    if (!answer) throw new Error('there was no answer');
    return answer;
  }
  const endWindows = (ago: string): Promise<unknown> =>
    test.sql(`update public.rate_limit_windows set started_at = now() - interval '${ago}' - interval '1 minute',
      ends_at = now() - interval '${ago}'`);

  it('grants what is needed, and begins the window with it', async () => {
    const answer = await first({ need: 3, want: 3 });
    expect(answer).toMatchObject({ subject: 'a', granted: 3, remaining: 97 });
    expect(answer.resets_in_ms).toBeGreaterThan(50_000);
    expect(answer.resets_in_ms).toBeLessThanOrEqual(60_000);
  });

  it('grants an eighth of the rest ahead, and less and less', async () => {
    const granted: number[] = [];
    for (let remaining = 100; remaining > 0; remaining -= granted.at(-1) ?? 0) {
      granted.push((await first({ need: 1, want: 101 })).granted);
    }
    expect(granted).toEqual([13, 11, 10, 9, 8, 7, 6, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(granted.reduce((sum, piece) => sum + piece)).toBe(100);
  });

  it('never grants ahead more than is wanted', async () => {
    expect(await first({ need: 1, want: 3 })).toMatchObject({ granted: 3, remaining: 97 });
  });

  it('grants the last of it to who needs more, and then nothing', async () => {
    expect(await first({ need: 150, want: 250 })).toMatchObject({ granted: 100, remaining: 0 });
    expect(await first({ need: 1, want: 100 })).toMatchObject({ granted: 0, remaining: 0 });
  });

  it('takes back what was not used, and gives none ahead to anybody once somebody was short', async () => {
    const held = await first({ need: 1, want: 101 });
    await first({ need: 100, want: 200 });
    expect(await first({ window: held.window, returned: 12, need: 0, want: 12 })).toMatchObject({
      granted: 0,
      remaining: 12,
    });
    expect(await first({ need: 2, want: 102 })).toMatchObject({ granted: 2, remaining: 10 });
  });

  it('lets who offers back keep it as long as there is plenty', async () => {
    const held = await first({ quota: 1_000, need: 1, want: 1_001 });
    expect(held.granted).toBe(125);
    const kept = await first({ quota: 1_000, window: held.window, returned: 100, need: 0, want: 100 });
    expect(kept).toMatchObject({ granted: 100, remaining: 875 });
  });

  it('counts what was let through without it', async () => {
    const { window } = await first({ need: 10, want: 10 });
    expect(await first({ window, returned: -30, need: 0, want: 0 })).toMatchObject({ granted: 0, remaining: 60 });
    expect(await first({ window, returned: -300, need: 1, want: 1 })).toMatchObject({ granted: 0, remaining: 0 });
  });

  it('begins a new window when one is over, which takes nothing back of it', async () => {
    const { window } = await first({ need: 100, want: 100 });
    await endWindows('0 s');
    expect(await first({ window, returned: 50, need: 1, want: 1 })).toMatchObject({ granted: 1, remaining: 99 });
  });

  it('counts what is used already when the quota is lowered', async () => {
    await first({ quota: 100, need: 60, want: 60 });
    expect(await first({ quota: 50 })).toMatchObject({ granted: 0, remaining: 0 });
    expect(await first({ quota: 70, need: 20, want: 20 })).toMatchObject({ granted: 10, remaining: 0 });
  });

  it('answers for many subjects at once, whichever order they come in', async () => {
    const answers = await reserve({ subject: 'b', quota: 1, need: 2 }, { subject: 'a' }, { subject: 'c', quota: 0 });
    expect(answers).toMatchObject([
      { subject: 'a', granted: 1, remaining: 99 },
      { subject: 'b', granted: 1, remaining: 0 },
      { subject: 'c', granted: 0, remaining: 0 },
    ]);
  });

  it('removes windows that are long over, a few more than it was asked for', async () => {
    await test.sql(`insert into public.rate_limit_windows (subject, started_at, ends_at)
      select 'old-' || n, now() - interval '3 minutes', now() - interval '2 minutes' from generate_series(1, 30) n`);
    const count = async (): Promise<unknown> =>
      (await test.sql(`select count(*)::int as left from public.rate_limit_windows`))[0];
    await reserve({ subject: 'a' }, { subject: 'b' });
    expect(await count()).toEqual({ left: 30 - 12 + 2 });
    await reserve({ subject: 'a' });
    await reserve({ subject: 'a' });
    expect(await count()).toEqual({ left: 2 });
  });

  it('grants no more than the quota to any number of callers at once, who never block each other for good', async () => {
    const subjects = ['a', 'b', 'c', 'd'];
    const calls = Array.from({ length: 60 }, (_, turn) =>
      reserve(...(turn % 2 ? subjects : subjects.toReversed()).map((subject) => ({ subject, need: 7, want: 7 }))),
    );
    const answers = (await Promise.all(calls)).flat();
    for (const subject of subjects) {
      const granted = answers.filter((answer) => answer.subject === subject).map((answer) => answer.granted);
      expect(granted.reduce((sum, piece) => sum + piece)).toBe(100);
    }
  });
});
