import fc from 'fast-check';
import { receiptsOf, type Submission } from './submission.js';
import { SubmissionQueue } from './submission-queue.js';

const nobody = (): void => undefined;

function submission(events: number, members: Partial<Submission> = {}): Submission {
  return {
    events: Array.from({ length: events }, (_, n) => ({ json: `{"n":${n}}` })),
    bytes: events * 10,
    atomic: false,
    since: 0,
    resolve: nobody,
    reject: nobody,
    ...members,
  };
}

const limits = { callEvents: 10, callBytes: 1_000, companyEvents: 4 };

describe('the queue of submissions', () => {
  const sizes = (taken: readonly Submission[]): number[] => taken.map(({ events }) => events.length);

  it('gives in order what fits into one call, and always one', () => {
    const queue = new SubmissionQueue(limits);
    for (const events of [3, 4, 4, 25, 1]) queue.add(submission(events));
    expect([
      sizes(queue.take()),
      sizes(queue.take()),
      sizes(queue.take()),
      sizes(queue.take()),
      sizes(queue.take()),
    ]).toEqual([[3, 4], [4], [25], [1], []]);
  });

  it('counts bytes too', () => {
    const queue = new SubmissionQueue(limits);
    queue.add(submission(1, { bytes: 900 }));
    expect(queue.hasCompany).toBe(false);
    queue.add(submission(1, { bytes: 200 }));
    expect(queue.hasCompany).toBe(true);
    expect(sizes(queue.take())).toEqual([1]);
  });

  it('lets no other join what is to be taken whole or not at all', () => {
    const queue = new SubmissionQueue(limits);
    queue.add(submission(1));
    queue.add(submission(2, { atomic: true }));
    queue.add(submission(3));
    expect([sizes(queue.take()), sizes(queue.take()), sizes(queue.take())]).toEqual([[1], [2], [3]]);
  });

  it('is empty after everything was taken', () => {
    const queue = new SubmissionQueue(limits);
    queue.add(submission(4, { since: 7 }));
    expect([queue.since, queue.hasCompany]).toEqual([7, true]);
    queue.take();
    expect([queue.since, queue.hasCompany]).toEqual([undefined, false]);
  });
});

describe('what became of events that went together', () => {
  it('is told each submission of its own, by its own places', () => {
    const fates = fc.array(fc.array(fc.constantFrom('accepted', 'duplicate', 'rejected'), { minLength: 1 }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fates, (batch) => {
        const all = batch.flat();
        const at = (fate: string): number[] => all.flatMap((one, index) => (one === fate ? [index] : []));
        const refuse = (index: number) => ({ index, code: 'conflict', message: 'x' });
        const receipts = receiptsOf(
          batch.map((part) => submission(part.length)),
          {
            accepted: at('accepted').length,
            duplicates: at('duplicate').toReversed(),
            rejected: at('rejected').map(refuse),
          },
        );
        const found = batch.map((part, n) =>
          part.map((_, index) => {
            if (receipts[n]?.duplicates.includes(index)) return 'duplicate';
            return receipts[n]?.rejected.some((one) => one.index === index) ? 'rejected' : 'accepted';
          }),
        );
        expect(found).toEqual(batch);
        expect(receipts.map(({ accepted }) => accepted)).toEqual(
          batch.map((part) => part.filter((fate) => fate === 'accepted').length),
        );
      }),
    );
  });
});
