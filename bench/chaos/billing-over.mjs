import { BillingConfig, billingEnvironment } from '../../dist/billing/billing.config.js';
import { ClosingBilling } from '../../dist/billing/runs/closing-billing.service.js';
import { LateBilling } from '../../dist/billing/runs/late-billing.service.js';
import { PeriodBilling } from '../../dist/billing/runs/period-billing.service.js';
import { QuantitiesStore } from '../../dist/billing/runs/quantities.store.js';
import { RunWork } from '../../dist/billing/runs/run-work.service.js';
import { RunsStore } from '../../dist/billing/runs/runs.store.js';
import { WritingStore } from '../../dist/billing/runs/writing.store.js';
import { SystemClock } from '../../dist/platform/clock.js';

/** What bills, over a database, put together without Nest. */
export function billingOver(database) {
  const clock = new SystemClock();
  const config = new BillingConfig(billingEnvironment.parse({}));
  const writing = new WritingStore(database);
  const runs = new RunsStore(database);
  const periods = new PeriodBilling(writing, new QuantitiesStore(database), config, clock);
  const late = new LateBilling(periods, writing, clock);
  const closings = new ClosingBilling(writing, config, clock);
  return { writing, runs, periods, work: new RunWork(periods, late, closings, writing, runs, config, clock) };
}
