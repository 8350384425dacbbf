import { execa } from 'execa';
import { z } from 'zod';

const verdict = z.object({
  subscriptions: z.int().positive(),
  invoices: z.int().positive(),
  gaps: z.literal(0),
  missing: z.literal(0),
  tooMany: z.literal(0),
  unexpected: z.literal(0),
  wrongCents: z.literal(0),
  changedAgain: z.literal(0),
  open: z.literal(0),
  kills: z.object({ postgres: z.literal(2), scheduler: z.literal(6) }),
});

// `npm run chaos:billing` does it a hundred times.
it('every period has one invoice of the right cents, whatever is killed while schedulers race', async () => {
  const options = ['--kills', '8', '--pause', '600', '--seconds', '90'];
  const { stdout, stderr, exitCode } = await execa(process.execPath, ['bench/chaos-billing.mjs', ...options], {
    reject: false,
    env: { NODE_OPTIONS: '' },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(verdict.parse(JSON.parse(stdout))).toBeDefined();
});
