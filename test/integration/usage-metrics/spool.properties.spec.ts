import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Campaign, step } from './spool-campaign.js';
import { SpoolBench } from './spools.js';

const bench = new SpoolBench();
beforeAll(() => Logger.overrideLogger(false));

describe('whatever happens to a spool', () => {
  it('what it acknowledged comes out of it, in order, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 100, max: 3_000 }),
        async (steps, bytes) => {
          const campaign = await Campaign.start(bench, bytes);
          for (const taken of steps) await campaign.take(taken);
          await campaign.end();
          await bench.clear();
        },
      ),
      { numRuns: 100 },
    );
  });
});
