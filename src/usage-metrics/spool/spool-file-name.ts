/** Where the names of a log's files begin: events that wait, and events that were refused. */
export type SpoolPrefix = 'usage' | 'usage.rejected';

/** What ends the name of a file with lines that cannot be read. */
export const damagedSuffix = '.damaged';

const dayMs = 86_400_000;

interface Rotation {
  /** Such as `2030-01-05`. */
  readonly day: string;
  readonly number: number;
}

export function liveNameOf(prefix: SpoolPrefix): string {
  return `${prefix}.jsonl`;
}

/** The rotated files of a log among other names, oldest first. */
export function rotatedNames(prefix: SpoolPrefix, names: readonly string[]): string[] {
  return rotations(prefix, names).map((rotation) => nameOf(prefix, rotation));
}

/**
 * The name that a log's live file gets now. It comes after all others of the log, also when those before it are gone already and when the
 * clock was set back: names tell the order.
 * @param today such as `2030-01-05`
 */
export function nextName(prefix: SpoolPrefix, names: readonly string[], today: string): string {
  const last = rotations(prefix, names).at(-1);
  const next =
    last === undefined || last.day < today ? { day: today, number: 0 } : { ...last, number: last.number + 1 };
  return nameOf(prefix, next);
}

/** Whether a file that holds nothing which still has to be sent may have a date in its name: refused or damaged lines. */
export function isSetAside(name: string): boolean {
  return /^usage\.rejected\..+\.jsonl$/.test(name) || (name.startsWith('usage.') && name.endsWith(damagedSuffix));
}

/** The day in a file's name, in milliseconds; undefined where there is none. */
export function dateIn(name: string): number | undefined {
  const [day] = /\d{4}-\d{2}-\d{2}/.exec(name) ?? [];
  const time = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : time;
}

export function isOlderThan(days: number, since: number, now: Date): boolean {
  return now.getTime() - since > days * dayMs;
}

/** The day of a time in UTC, such as `2030-01-05`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function rotations(prefix: SpoolPrefix, names: readonly string[]): Rotation[] {
  const found = names.flatMap((name) => rotationOf(prefix, name) ?? []);
  return found.sort((a, b) => a.day.localeCompare(b.day) || a.number - b.number);
}

function rotationOf(prefix: SpoolPrefix, name: string): Rotation | undefined {
  if (!name.startsWith(`${prefix}.`)) return undefined;
  const [, day, number] = /^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,8}))?\.jsonl$/.exec(name.slice(prefix.length + 1)) ?? [];
  return day === undefined ? undefined : { day, number: Number(number ?? 0) };
}

function nameOf(prefix: SpoolPrefix, { day, number }: Rotation): string {
  return `${prefix}.${day}${number === 0 ? '' : `.${number}`}.jsonl`;
}
