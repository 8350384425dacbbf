import fc from 'fast-check';
import { StripePayments } from '../../../src/billing/payments/stripe-payments.client.js';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase } from '../../setup/database.js';
import { type Debtor, Owing } from '../../setup/owing.js';
import { signedEvent } from '../../setup/stripe-events.js';
import { type StripeFault, stripeKey, StripeServer, webhookSecret } from '../../setup/stripe-server.js';

const never = new AbortController().signal;
const minute = 60_000;

type Step =
  | { readonly do: 'bill'; readonly termsDays: number }
  /** Their card is charged; Stripe tells of it so many times, now or later. */
  | { readonly do: 'charge'; readonly which: number; readonly told: 0 | 1 | 2; readonly late: boolean }
  | { readonly do: 'transfer' | 'credit'; readonly which: number }
  | { readonly do: 'away'; readonly fault: StripeFault }
  /** Nobody is at work for so long; `first` is what is done first then. */
  | { readonly do: 'pass'; readonly minutes: number; readonly first: 'dunning' | 'calls' | 'nothing' }
  | { readonly do: 'back' | 'tell late' };

const which = fc.nat(3);
const fault = fc.constantFrom<StripeFault>(
  { kind: 'reset' },
  { kind: 'reset', after: true },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 500, after: true },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bill' as const), termsDays: fc.constantFrom(0, 1, 14) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('charge' as const),
      which,
      told: fc.constantFrom(0 as const, 1 as const, 2 as const),
      late: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('transfer' as const, 'credit' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('away' as const), fault }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      minutes: fc.constantFrom(1, 5, 60, 1_440, 20_160),
      first: fc.constantFrom('dunning' as const, 'calls' as const, 'nothing' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('back' as const, 'tell late' as const) }) },
);

/** One tenant, at one Stripe of its own, whatever happens to it. */
class World {
  readonly invoices: { readonly id: string; readonly due: number; settledAt: number }[] = [];
  readonly late: (() => Promise<void>)[] = [];

  constructor(
    readonly owing: Owing,
    readonly server: StripeServer,
    readonly stripe: StripePayments,
    readonly debtor: Debtor,
  ) {
    server.now = () => Math.floor(owing.clock.now().getTime() / 1_000);
  }

  /** Whether somebody who knew everything would say that something should have been paid by now, or so many minutes ago. */
  owes(minutesAgo = 0): boolean {
    const now = this.owing.clock.now().getTime();
    return this.invoices.some(({ due, settledAt }) => settledAt > now - minutesAgo * minute && due <= now);
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case 'bill': {
        const id = await this.owing.invoice(this.debtor, '10.00', next.termsDays);
        const due = this.owing.clock.now().getTime() + next.termsDays * 1_440 * minute;
        this.invoices.push({ id, due, settledAt: Infinity });
        break;
      }
      case 'charge':
        await this.charge(next.which, next);
        break;
      case 'transfer':
      case 'credit':
        await this.settle(next.which, next.do);
        break;
      case 'away':
        this.server.fault = () => next.fault;
        break;
      case 'back':
        this.server.fault = () => undefined;
        break;
      case 'pass':
        await this.owing.clock.advance(next.minutes * minute);
        if (next.first === 'nothing') return;
        if (next.first === 'dunning') await this.owing.dunning(this.stripe).run(never);
        break;
      case 'tell late':
        for (const tell of this.late.splice(0)) await tell();
    }
    await this.owing.deliver(this.stripe);
  }

  private async charge(at: number, { told, late }: { told: number; late: boolean }): Promise<void> {
    const invoice = this.invoices[at % this.invoices.length];
    const theirs = this.server.invoicesOf(invoice?.id ?? '').find(({ status }) => status === 'open');
    if (invoice === undefined || theirs === undefined) return;
    this.server.settle(theirs);
    invoice.settledAt = this.owing.clock.now().getTime();
    const event = { id: `evt_${newId()}`, type: 'invoice.paid', object: structuredClone(theirs) };
    const tell = async (): Promise<void> => {
      const { body, signature } = signedEvent(event, this.owing.clock.now());
      for (let n = 0; n < told; n += 1) await this.owing.webhooks(this.stripe).take(body, signature);
    };
    if (late) this.late.push(tell);
    else await tell();
  }

  private async settle(at: number, how: 'transfer' | 'credit'): Promise<void> {
    const invoice = this.invoices[at % this.invoices.length];
    if (invoice === undefined || (await this.owing.state(invoice.id)) !== 'finalized') return;
    if (how === 'transfer') {
      await this.owing.test.sql("select public.billing_invoice_paid($1, $2::text::jsonb, $3, '{}')", [
        invoice.id,
        JSON.stringify({ amount: null, provider: 'manual', reference: newId() }),
        this.owing.clock.now().toISOString(),
      ]);
      invoice.settledAt = Math.min(invoice.settledAt, this.owing.clock.now().getTime());
    } else if (invoice.settledAt === Infinity) await this.owing.credit(invoice.id, '1.00').catch(() => undefined);
  }
}

describe('payments, whatever is lost, late or away', () => {
  const status = ({ owing, debtor }: World): Promise<string | undefined> => owing.status(debtor);
  /** How often they were dunned, also where that was taken back at once. */
  const dunned = async ({ owing, debtor }: World): Promise<number> =>
    (await owing.told(debtor)).filter((topic) => /past_due|suspended|overdue/.test(topic)).length;

  /** What Stripe has of invoices, beside what Tenantry says of them. */
  const books = async ({ invoices, server, owing }: World): Promise<unknown[]> =>
    Promise.all(
      invoices.map(async ({ id }) => {
        const theirs = server.invoicesOf(id).filter((each) => each.status === 'open' || each.status === 'paid');
        const [row] = await owing.test.sql<{ due: number; received: number }>(
          `select (100 * public.billing_due_of(i))::integer as due, (100 * coalesce((select sum(amount) from public.billing_receipts r
             where r.invoice_id = i.id and r.provider = 'stripe'), 0))::integer as received
           from public.billing_invoices i where i.id = $1`,
          [id],
        );
        const asked = theirs.reduce((sum, each) => sum + each.amount_remaining, 0);
        const paid = theirs.reduce((sum, each) => sum + each.amount_paid, 0);
        return { count: theirs.length <= 1, due: row?.due === asked, received: row?.received === paid };
      }),
    );

  it('count once what was paid, ask for what is due, and dun nobody who has paid', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        const [server, test] = [await StripeServer.start(), await createTestDatabase()];
        try {
          const owing = new Owing(test);
          const stripe = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) });
          const world = new World(owing, server, stripe, await owing.debtor());
          for (const next of steps) {
            const before = await dunned(world);
            await world.take(next);
            // An answer may be so old that somebody is dunned by.
            if ((await dunned(world)) > before) expect([next, world.owes(5)]).toEqual([next, true]);
          }
          await world.take({ do: 'back' });
          for (const minutes of [5, 360, 5]) {
            await world.take({ do: 'pass', minutes, first: 'dunning' });
          }
          const fine = { count: true, due: true, received: true };
          expect(await books(world)).toEqual(world.invoices.map(() => fine));
          expect((await status(world)) === 'active').toBe(!world.owes());
          await world.take({ do: 'tell late' });
          expect(await books(world)).toEqual(world.invoices.map(() => fine));
        } finally {
          await server.stop();
          await test.drop();
        }
      }),
      { numRuns: 20 },
    );
  });
});
