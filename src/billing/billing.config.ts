import { z } from 'zod';
import { integerText } from '../platform/http/schemas.js';

/** When periods are billed, and how long tenants have to pay. */
export const billingEnvironment = z.object({
  TENANTRY_BILLING_GRACE_SECONDS: integerText(0, 2_592_000).default(3_600),
  TENANTRY_BILLING_CLOSING_SECONDS: integerText(0, 2_592_000).default(86_400),
  TENANTRY_BILLING_RUN_RETENTION_DAYS: integerText(1, 3_650).default(400),
  TENANTRY_PAYMENT_TERMS_DAYS: integerText(0, 365).default(14),
  TENANTRY_DUNNING_DAYS: integerText(0, 365).default(14),
  TENANTRY_DUNNING_REMINDER_DAYS: z
    .string()
    .default('0,3,7')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts): unknown[] => parts.filter((part) => part !== ''))
    .pipe(z.array(integerText(0, 365)).max(20)),
});

export class BillingConfig {
  /** How long after its end a period is left open for events that come late. */
  readonly graceSeconds: number;
  /** How long late usage that no next invoice is to come for is gathered before it has an invoice of its own. */
  readonly closingSeconds: number;
  /** How long what a run did to each subscription is kept. */
  readonly runRetentionDays: number;
  /** From an invoice's number to the day on which it is due. */
  readonly paymentTermsDays: number;
  /** How long a subscription is past due before its instances are stopped. */
  readonly dunningDays: number;
  /** On which days after it was due an invoice is told of as overdue. */
  readonly reminderDays: readonly number[];

  constructor(environment: z.infer<typeof billingEnvironment>) {
    this.graceSeconds = environment.TENANTRY_BILLING_GRACE_SECONDS;
    this.closingSeconds = environment.TENANTRY_BILLING_CLOSING_SECONDS;
    this.runRetentionDays = environment.TENANTRY_BILLING_RUN_RETENTION_DAYS;
    this.paymentTermsDays = environment.TENANTRY_PAYMENT_TERMS_DAYS;
    this.dunningDays = environment.TENANTRY_DUNNING_DAYS;
    this.reminderDays = environment.TENANTRY_DUNNING_REMINDER_DAYS;
  }
}
