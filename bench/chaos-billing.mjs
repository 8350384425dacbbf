// npm run chaos:billing: two schedulers race over what is due, with late usage between, while they are killed and Postgres is stopped at once, at random.
// Fails unless every subscription has one invoice for each period that ended, all of them come to what a rating from the events comes to, and their
// numbers have no gap.
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { endedPeriods } from '../dist/billing/periods/billing-period.js';
import { exact, sumOf } from '../dist/billing/money/decimal.js';
import { billingOver } from './chaos/billing-over.mjs';
import { BillingCampaign } from './chaos/billing-campaign.mjs';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    schedulers: { type: 'string', default: '2' },
    pause: { type: 'string', default: '1200' },
    /** The campaign ends with the kills that there were by then. */
    seconds: { type: 'string', default: '540' },
  },
});
const wanted = Number(options.kills);
const graceMs = 3_600_000;

async function settle({ work }) {
  const order = { asOf: new Date().toISOString(), tenants: null, run: null };
  const never = new AbortController().signal;
  await work.bill(order, { stop: never, cancel: never });
}

async function judge(campaign) {
  const { sql } = campaign;
  const billing = billingOver(campaign.database);
  await settle(billing);
  const before = await snapshot(sql);
  await settle(billing);
  const changedAgain = JSON.stringify(before) === JSON.stringify(await snapshot(sql)) ? 0 : 1;
  const invoices = await sql`select id, subscription_id, tenant_id, period_index, number, total::text, inputs,
      public.audit_time(period_from) as "from", public.audit_time(period_to) as "to"
    from public.billing_invoices where kind = 'invoice' and number is not null order by number`;
  const gaps = invoices.filter(({ number }, n) => Number(number.slice(9)) !== n + 1).length;
  const periods = wrongPeriods(campaign, invoices);
  const wrongCents = await wrongTotals(campaign, billing, invoices);
  const [{ open }] = await sql`select count(*)::int as open from public.usage_periods p
    where closed_at is null and not exists (select from public.billing_invoices i where i.tenant_id = p.tenant_id and i.state = 'gathering')`;
  const [{ adjusted }] = await sql`select count(*)::int as adjusted from public.billing_adjustments`;
  const subscriptions = campaign.subscriptions.length;
  return { subscriptions, invoices: invoices.length, adjusted, gaps, ...periods, wrongCents, changedAgain, open };
}

async function snapshot(sql) {
  return sql`select id, state, number, total::text, row_version::text from public.billing_invoices order by id`;
}

/** Against what the calendar says, which no row is asked about. */
function wrongPeriods(campaign, invoices) {
  let [missing, tooMany] = [0, 0];
  const byPeriod = Map.groupBy(invoices, (each) => `${each.subscription_id} ${each.period_index}`);
  const by = new Date(Date.now() - graceMs).toISOString();
  let expected = 0;
  for (const { id, anchor, zone } of campaign.subscriptions) {
    for (const { index } of endedPeriods({ at: anchor, zone, interval: 'month' }, 0, by)) {
      expected += 1;
      const found = byPeriod.get(`${id} ${index}`)?.length ?? 0;
      if (found === 0) missing += 1;
      if (found > 1) tooMany += 1;
    }
  }
  return { expected, missing, tooMany, unexpected: invoices.length - expected + missing };
}

/** What was billed for each period, what came late to it included, beside a rating from the events alone. */
async function wrongTotals({ sql }, { periods }, invoices) {
  const adjusted = await sql`select invoice_id, amount::text from public.billing_adjustments`;
  const onIt = await sql`select invoice_id, amount::text from public.billing_invoice_lines where kind = 'adjustment'`;
  const sums = (rows) => Map.groupBy(rows, (row) => row.invoice_id);
  const [late, carried] = [sums(adjusted), sums(onIt)];
  const amount = (rows = []) => sumOf(rows.map((row) => exact(row.amount)));
  const rated = await periods.rate(
    invoices.map(({ tenant_id: tenantId, inputs }) => ({ tenantId, period: inputs.subscription })),
    { from: 'events' },
  );
  return invoices.filter(({ id, total }, n) => {
    const now = rated[n];
    if (now.state !== 'rated') throw new Error(JSON.stringify(now));
    return !exact(total)
      .plus(amount(late.get(id)))
      .minus(amount(carried.get(id)))
      .eq(exact(now.rated.totals.total));
  }).length;
}

const campaign = new BillingCampaign(Number(options.schedulers));
const began = performance.now();
try {
  await campaign.begin();
  while (campaign.killed < wanted && performance.now() - began < Number(options.seconds) * 1_000) {
    await delay(50 + Math.random() * Number(options.pause));
    await campaign.strike();
  }
  await campaign.end();
  const verdict = await judge(campaign);
  const { kills, killed } = campaign;
  const seconds = Math.round((performance.now() - began) / 1_000);
  const faults = Object.fromEntries(campaign.faults);
  process.stdout.write(`${JSON.stringify({ ...verdict, killed, kills, faults, seconds }, null, 2)}\n`);
  const { gaps, missing, tooMany, unexpected, wrongCents, changedAgain, open } = verdict;
  const wrong = gaps + missing + tooMany + unexpected + wrongCents + changedAgain + open;
  if (wrong + campaign.strangeFaults.length > 0 || killed < wanted) process.exitCode = 1;
} finally {
  await campaign.remove();
}
