import { type Reach, tenantWithin } from '../../platform/reach.js';
import type { EventFault } from './cloud-event.js';
import type { PendingEvent } from './pending-event.js';

type Owner = Pick<PendingEvent, 'tenantId' | 'subject'>;

/**
 * Whose an event is, by its subject and whose events the caller may send. Callers of one tenant need no subject. For operators the
 * database tells, at the same time as it takes the event.
 */
export function ownerOf(subject: string | undefined, reach: Reach): Owner | EventFault {
  if (reach === 'all') return subject === undefined ? required('its tenant, by id or slug') : { subject };
  if (subject === undefined) {
    const [own, other] = reach;
    return own === undefined || other !== undefined
      ? required('one of your tenants, by id or slug')
      : { tenantId: own.id };
  }
  const tenant = tenantWithin(reach, subject);
  return tenant ? { tenantId: tenant.id } : { code: 'tenant_not_found', message: 'subject is no tenant of yours' };
}

function required(what: string): EventFault {
  return { code: 'subject_required', message: `subject is required: ${what}` };
}
