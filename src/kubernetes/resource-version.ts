/**
 * Whether one resource version is later than another of the same cluster. They are numbers too large for a double, in
 * decimal text; what is not a number cannot be compared and counts as newer, so that no news is ever lost.
 */
export function isNewer(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return version !== than;
  if (version.length !== than.length) return version.length > than.length;
  return version > than;
}
