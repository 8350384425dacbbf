import { z } from 'zod';
import { instant } from '../../platform/http/schemas.js';
import { page } from '../../platform/http/pagination.js';
import { recordedEvent } from '../../usage-metrics/queries/recorded-event.js';

/** The usage behind a line of an invoice, newest first. */
export const lineEvents = page(recordedEvent)
  .extend({
    events: z
      .enum(['complete', 'may_have_expired', 'none_counted'])
      .describe('Whether all of them are kept; `none_counted`: the line is not made of events'),
    kept_from: instant.nullable().describe('Events from before are dropped, once their counts are proven and billed'),
  })
  .meta({ id: 'LineEvents' });
export type LineEvents = z.infer<typeof lineEvents>;
