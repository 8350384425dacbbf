import { execa } from 'execa';
import { z } from 'zod';

const verdict = z.object({
  events: z.int().positive(),
  lost: z.literal(0),
  doubled: z.literal(0),
  unknown: z.literal(0),
  wronglyVoided: z.literal(0),
  compared: z.int().positive(),
  differences: z.literal(0),
  wrongTenants: z.literal(0),
  kills: z.object({ postgres: z.literal(3), writer: z.literal(3), compactor: z.int() }),
});

// `npm run chaos:usage` does it a hundred times and more, with six writers.
it('usage that was acknowledged is counted once, whatever is killed', async () => {
  const options = ['--kills', '6', '--writers', '2', '--compactors', '1', '--pause', '800', '--seconds', '90'];
  const { stdout, stderr, exitCode } = await execa(process.execPath, ['bench/chaos-usage.mjs', ...options], {
    reject: false,
    env: { NODE_OPTIONS: '' },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(verdict.parse(JSON.parse(stdout))).toBeDefined();
});
