import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { BillingConfig } from '../billing.config.js';
import { creditLines, moneyFaults, type NewCreditNote } from './credit-note.js';
import { type Act, InvoiceActsStore } from './invoice-acts.store.js';
import type { Invoice, InvoiceSummary } from './invoice.js';
import { amountInvalid, creditNoteInvalid, refusalOf } from './invoices.errors.js';
import { InvoicesService } from './invoices.service.js';

/** What is done to invoices by hand. Every method takes an id or a number, and throws `invoice_not_found` and `invoice_state`. */
@Injectable()
export class InvoiceActs {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly store: InvoiceActsStore,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  finalize(invoice: string, context: ChangeContext): Promise<InvoiceSummary> {
    return this.act(invoice, context, ({ id }, act) => this.store.finalize(id, this.config.paymentTermsDays, act));
  }

  /**
   * @param payment the amount is what is due unless given; a payment without reference is another one each time
   * @throws TenantryError `amount_invalid`, `payment_differs`
   */
  pay(
    invoice: string,
    payment: { readonly amount?: string | undefined; readonly reference?: string | undefined },
    context: ChangeContext,
  ): Promise<{ invoice: InvoiceSummary; to_credits: string }> {
    const { amount = null, reference = newId() } = payment;
    return this.act(invoice, context, ({ id, currency }, act) => {
      const faults = amount === null ? [] : moneyFaults(amount, currency, '/amount');
      if (faults.length > 0) throw amountInvalid(faults);
      return this.store.pay(id, { provider: 'manual', reference, amount }, act);
    });
  }

  /** @throws TenantryError `invoice_has_payments` */
  void(invoice: string, reason: string, context: ChangeContext): Promise<InvoiceSummary> {
    return this.act(invoice, context, ({ id }, act) => this.store.void(id, reason, act));
  }

  writeOff(invoice: string, reason: string, context: ChangeContext): Promise<InvoiceSummary> {
    return this.act(invoice, context, ({ id }, act) => this.store.writeOff(id, reason, act));
  }

  /** @returns the credit note @throws TenantryError `credit_note_invalid`, `exceeds_invoice` */
  credit(invoice: string, wanted: NewCreditNote, context: ChangeContext): Promise<Invoice> {
    return this.act(invoice, context, (found, act) => {
      const judged = creditLines(found, wanted);
      if (judged.state === 'refused') throw creditNoteInvalid(judged.faults);
      return this.store.credit(found.id, { id: newId(), reason: wanted.reason, lines: judged.lines }, act);
    });
  }

  private async act<Done>(
    invoice: string,
    context: ChangeContext,
    work: (found: Invoice, act: Act) => Promise<Done>,
  ): Promise<Done> {
    const found = await this.invoices.get(invoice, 'all');
    return work(found, { at: this.clock.now(), context }).catch((error: unknown) => {
      throw refusalOf(error);
    });
  }
}
