import { Injectable, Logger } from '@nestjs/common';
import { pendingOf, type SourceEvent } from './source-event.js';
import { UsageSubmission } from './usage-submission.js';

const eventsAtOnce = 1_000;

/** Submits the events that Tenantry makes itself. */
@Injectable()
export class Submitter {
  private readonly logger = new Logger(Submitter.name);

  constructor(private readonly submission: UsageSubmission) {}

  /**
   * Events that are refused are refused for good, such as those of a tenant that is gone: they are told in the log.
   * @throws when the events were not taken
   */
  async submit(events: readonly SourceEvent[]): Promise<void> {
    for (let first = 0; first < events.length; first += eventsAtOnce) {
      const some = events.slice(first, first + eventsAtOnce);
      const { rejected } = await this.submission.submit(some.map((event) => pendingOf(event)));
      for (const { index, code, message } of rejected)
        this.logger.error({ event: some[index], code, message: `an event of our own was refused: ${message}` });
    }
  }
}
