import type { Submission } from './submission.js';

/** How much one call to the database takes, and how much is worth one while others are under way. */
export interface CallLimits {
  readonly callEvents: number;
  readonly callBytes: number;
  readonly companyEvents: number;
}

/** Submissions that wait for a call, first come, first served, and how much that is. */
export class SubmissionQueue {
  private readonly waiting: Submission[] = [];
  private eventsWaiting = 0;
  private bytesWaiting = 0;

  constructor(private readonly limits: CallLimits) {}

  /** Whether there is enough for a call, or something that no other joins. */
  get hasCompany(): boolean {
    const { companyEvents, callBytes } = this.limits;
    return this.waiting[0]?.atomic === true || this.eventsWaiting >= companyEvents || this.bytesWaiting >= callBytes;
  }

  /** Since when the first waits; undefined: nobody does. */
  get since(): number | undefined {
    return this.waiting[0]?.since;
  }

  add(submission: Submission): void {
    this.waiting.push(submission);
    this.eventsWaiting += submission.events.length;
    this.bytesWaiting += submission.bytes;
  }

  /** Those that the next call is for: one, however large, and behind it as many as go with it. */
  take(): Submission[] {
    let events = 0;
    let bytes = 0;
    const end = this.waiting.findIndex((submission, index) => {
      events += submission.events.length;
      bytes += submission.bytes;
      const joins = !submission.atomic && this.waiting[0]?.atomic === false;
      return index > 0 && !(joins && events <= this.limits.callEvents && bytes <= this.limits.callBytes);
    });
    const taken = this.waiting.splice(0, end < 0 ? this.waiting.length : end);
    for (const submission of taken) {
      this.eventsWaiting -= submission.events.length;
      this.bytesWaiting -= submission.bytes;
    }
    return taken;
  }
}
