import { DatabaseError } from '../../platform/database-error.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';

export function invoiceNotFound(): TenantryError {
  return new TenantryError('not_found', 'invoice_not_found', 'there is no such invoice');
}

/** What the database says of a change that it refuses, in the words of the API; anything else as it is. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const { cause, details } = { cause: error, details: error.details };
  switch (error.hint) {
    case 'invoice_not_found':
      return invoiceNotFound();
    case 'invoice_state':
      return new TenantryError('conflict', 'invoice_state', `the invoice is ${details}: that cannot be done to it`, {
        cause,
        members: { state: details },
      });
    case 'payment_differs':
      return new TenantryError('conflict', 'payment_differs', 'the reference is that of another payment', { cause });
    case 'invoice_has_payments':
      return new TenantryError(
        'conflict',
        'invoice_has_payments',
        'something of the invoice was paid or credited: a credit note takes back the rest',
        { cause },
      );
    case 'nothing_to_credit':
    case 'exceeds_invoice':
      return new TenantryError(
        'unprocessable',
        'exceeds_invoice',
        'it is more than credit notes have left of the invoice',
        {
          cause,
        },
      );
    default:
      return error;
  }
}

export function amountInvalid(faults: InputFault[]): TenantryError {
  return new TenantryError('unprocessable', 'amount_invalid', 'such an amount cannot be paid', { faults });
}

export function creditNoteInvalid(faults: readonly InputFault[]): TenantryError {
  return new TenantryError('unprocessable', 'credit_note_invalid', 'such a credit note cannot be written', {
    faults: [...faults],
  });
}
