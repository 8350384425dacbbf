import { Injectable, Logger } from '@nestjs/common';
import { UsageEvents } from '../events/usage-events.service.js';
import { pendingOf, type SourceEvent } from './source-event.js';

const eventsAtOnce = 1_000;

/** Submits the events that Tenantry makes itself. */
@Injectable()
export class Submitter {
  private readonly logger = new Logger(Submitter.name);

  constructor(private readonly events: UsageEvents) {}

  /**
   * Events that are refused are refused for good, such as those of a tenant that is gone: they are told in the log.
   * @throws TenantryError as `UsageEvents.submit` does, when not all of the events were taken: the same ones may be submitted again
   */
  async submit(events: readonly SourceEvent[]): Promise<void> {
    for (let first = 0; first < events.length; first += eventsAtOnce) {
      const some = events.slice(first, first + eventsAtOnce);
      const submitted = await this.events.submit(
        some.map((event) => pendingOf(event)),
        { atomic: false },
      );
      if (submitted.kind === 'spooled') continue;
      for (const { index, code, message } of submitted.receipt.rejected)
        this.logger.error({ event: some[index], code, message: `an event of our own was refused: ${message}` });
    }
  }
}
