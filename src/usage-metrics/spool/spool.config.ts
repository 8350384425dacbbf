import { z } from 'zod';

const mib = 1024 * 1024;

/** How much disk events may take that wait for the database. */
export const spoolEnvironment = z.object({
  TENANTRY_USAGE_SPOOL_MIB: z.coerce.number().int().min(1).max(1_048_576).default(1_024),
});

export class SpoolConfig {
  /** Of all files with events that wait. */
  readonly maxBytes: number;
  readonly rotateBytes: number = 10 * mib;
  /** For how long lines that were refused or damaged are kept, by the date in the file's name. */
  readonly retentionDays = 90;
  /** Of files with such lines; beyond it the oldest go. */
  readonly setAsideBytes: number = 100 * mib;
  /** How often an empty spool is looked at, and the first pause after a failure. */
  readonly pauseMs = 2_000;
  /** The longest pause after failures. */
  readonly maxPauseMs = 30_000;
  /** A call that takes longer is given up: the database's own limit on a statement is 8 s. */
  readonly answerWithinMs = 10_000;
  /** How long shutdown tries to send what waits. */
  readonly lastAttemptMs = 5_000;

  /** @param directory of this process alone */
  constructor(
    environment: z.infer<typeof spoolEnvironment>,
    readonly directory: string,
  ) {
    this.maxBytes = environment.TENANTRY_USAGE_SPOOL_MIB * mib;
  }
}
