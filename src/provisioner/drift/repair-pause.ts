const firstMs = 2_000;
const factor = 3;
const longestMs = 300_000;

/** How long after a repair the next one may come, by how many came before without an end of the drift. */
export function repairPauseMs(attempts: number): number {
  return Math.min(firstMs * factor ** attempts, longestMs);
}
