import fc from 'fast-check';
import { NoPayments } from '../../../src/billing/payments/no-payments.client.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Debtor, Owing } from '../../setup/owing.js';
import { operator } from '../../setup/provisioning.js';

const never = new AbortController().signal;
const dunningDays = 14;

type Step =
  | { readonly do: 'bill'; readonly termsDays: number }
  | { readonly do: 'pay' | 'fail' | 'void' | 'write off'; readonly which: number }
  | { readonly do: 'pass'; readonly days: number }
  | { readonly do: 'look' | 'resume' };

const which = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('bill' as const), termsDays: fc.integer({ min: 0, max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('pay' as const, 'fail' as const, 'void' as const, 'write off' as const),
      which,
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), days: fc.constantFrom(1, 7, 13, 14) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('look' as const, 'resume' as const) }) },
);

/** What a subscription is, worked out from what happened to its invoices, apart from the code that decides it. */
class Model {
  readonly invoices: { due: number; state: 'open' | 'settled' | 'lost'; failed: boolean }[] = [];
  status: 'active' | 'past_due' | 'suspended' = 'active';
  private since = 0;

  look(today: number): void {
    const owes = this.invoices.some(
      ({ state, due, failed }) => state === 'lost' || (state === 'open' && (failed || due <= today)),
    );
    if (!owes) {
      this.status = 'active';
      return;
    }
    if (this.status === 'active') {
      this.status = 'past_due';
      this.since = today;
    }
    if (this.status === 'past_due' && today - this.since >= dunningDays) this.status = 'suspended';
  }
}

describe('dunning, whatever happens in whichever order', () => {
  let test: TestDatabase;
  let owing: Owing;

  beforeAll(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
  });
  afterAll(() => test.drop());

  it('makes of a subscription what its invoices say, and tells of each change once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const debtor = await owing.debtor();
        const model = new Model();
        const ids: string[] = [];
        let today = 0;
        for (const next of steps) {
          today += await take(next, debtor, { model, ids, today });
          expect([next, await owing.status(debtor)]).toEqual([next, model.status]);
        }
        const told = (await owing.told(debtor)).filter((topic) => /\.(suspended|resumed)$/.test(topic));
        // One after the other: never two of a kind.
        expect(told.every((topic, index) => topic.endsWith(index % 2 === 0 ? 'suspended' : 'resumed'))).toBe(true);
        expect(told.length % 2 === 1).toBe(model.status === 'suspended');
        await owing.deliver(new NoPayments());
      }),
      { numRuns: 50 },
    );
  });

  /** Does one step, in the database and in the model. @returns how many days went by */
  async function take(
    next: Step,
    debtor: Debtor,
    { model, ids, today }: { model: Model; ids: string[]; today: number },
  ): Promise<number> {
    const now = owing.clock.now().toISOString();
    switch (next.do) {
      case 'bill':
        ids.push(await owing.invoice(debtor, '10.00', next.termsDays));
        model.invoices.push({ due: today + next.termsDays, state: 'open', failed: false });
        break;
      case 'pass':
        await owing.passDays(next.days);
        return next.days;
      case 'resume':
        if (model.status !== 'suspended') break;
        await owing.dunning().resume(debtor.subscriptionId, operator);
        model.status = 'active';
        break;
      case 'look':
        await owing.dunning().run(never);
        model.look(today);
        break;
      default: {
        const [id, invoice] = [ids[next.which], model.invoices[next.which]];
        if (id === undefined || invoice === undefined || invoice.state === 'settled') break;
        if (next.do === 'pay') await owing.paid(id, '10.00');
        else if (invoice.state !== 'open') break;
        else if (next.do === 'void')
          await test.sql("select public.billing_invoice_void($1, 'no', $2, '{}')", [id, now]);
        else if (next.do === 'write off')
          await test.sql("select public.billing_invoice_uncollectible($1, 'no', $2, '{}')", [id, now]);
        else {
          // As somebody begins to collect it, and fails.
          await test.sql("select public.billing_payment_begin($1, 'stripe', $2)", [id, now]);
          await test.sql("select public.billing_invoice_failed($1, 'declined', $2)", [id, now]);
        }
        invoice.failed ||= next.do === 'fail';
        invoice.state = next.do === 'fail' ? 'open' : next.do === 'write off' ? 'lost' : 'settled';
        await owing.deliver(new NoPayments());
        model.look(today);
      }
    }
    return 0;
  }
});
