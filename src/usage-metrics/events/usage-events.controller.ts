import { Controller, Res } from '@nestjs/common';
import { CurrentPrincipal } from '../../auth/auth.guard.js';
import type { Principal } from '../../auth/principal.js';
import { type CallerReply, heed } from '../../auth/rate-limits/heed.js';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantryError } from '../../platform/errors.js';
import { answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { textOfRequest } from './events-request.js';
import { IngestLimits } from './ingest-limits.service.js';
import type { Rejection } from './pending-event.js';
import { type ReadEvents, readEvents } from './read-events.js';
import { ingestUsageEvents } from './usage-event-routes.js';
import { UsageEvents } from './usage-events.service.js';

/** The door for usage events. */
@Controller()
export class UsageEventsController {
  constructor(
    private readonly events: UsageEvents,
    private readonly limits: IngestLimits,
  ) {}

  @Route(ingestUsageEvents)
  async ingest(
    { query: { atomic }, headers, body }: InputOf<typeof ingestUsageEvents>,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: CallerReply,
  ): Promise<AnswerOf<typeof ingestUsageEvents>> {
    // A request counts as one event before anything is read of it, so that what cannot be read counts too.
    heed(await this.limits.take(caller, 1), reply);
    const { text, shape } = await textOfRequest(headers, body);
    const read = readEvents(text, shape, callerReach());
    if (read.count > 1) heed(await this.limits.take(caller, read.count - 1), reply);
    if (atomic && read.rejected.length > 0) throw eventsRejected(read.rejected, read.shape);
    if (read.good.length === 0) return answer(200, { accepted: 0, duplicates: 0, rejected: [...read.rejected] });
    const outcome = await this.events.submit(read.good, { atomic });
    if (outcome.kind === 'spooled') return answer(202, { spooled: outcome.count, rejected: [...read.rejected] });
    const { accepted, duplicates, rejected } = outcome.receipt;
    const all = rejectedOf(read, rejected);
    if (atomic && all.length > 0) throw eventsRejected(all, read.shape);
    return answer(200, { accepted, duplicates: duplicates.length, rejected: all });
  }
}

/** What the door and what the database refused, by the places where the caller had them. */
function rejectedOf({ places, rejected }: ReadEvents, byDatabase: readonly Rejection[]): Rejection[] {
  const placed = byDatabase.map((one) => ({ ...one, index: places[one.index] ?? one.index }));
  return [...rejected, ...placed].sort((a, b) => a.index - b.index);
}

function eventsRejected(rejected: readonly Rejection[], shape: ReadEvents['shape']): TenantryError {
  const message = 'Nothing was taken, for some of the events are at fault.';
  return new TenantryError('unprocessable', 'events_rejected', message, {
    faults: rejected.map(({ index, code, message: why }) => ({
      pointer: shape === 'batch' ? `/${index}` : '',
      message: `${code}: ${why}`,
    })),
    members: { accepted: 0, duplicates: 0, rejected },
  });
}
