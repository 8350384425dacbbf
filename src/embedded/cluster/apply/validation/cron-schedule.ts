interface Field {
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: MONTHS },
  { least: 0, most: 6, names: DAYS },
];

const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Why a text is no schedule of a CronJob, in the words of the API server; undefined when it is one. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  if (schedule.startsWith('@')) return descriptorFault(schedule);
  const fields = schedule.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [index, text] of fields.entries()) {
    const field = FIELDS[index];
    const fault = field === undefined ? undefined : fieldFault(text, field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function descriptorFault(schedule: string): string | undefined {
  if (DESCRIPTORS.includes(schedule)) return undefined;
  if (/^@every (\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(schedule)) return undefined;
  return `unrecognized descriptor: ${schedule}`;
}

function fieldFault(text: string, field: Field): string | undefined {
  for (const part of text.split(',')) {
    const fault = rangeFault(part, field);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function rangeFault(part: string, field: Field): string | undefined {
  const [range = '', step, ...moreSteps] = part.split('/');
  if (moreSteps.length > 0) return `too many slashes: ${part}`;
  const bounds = range.split('-');
  if (bounds.length > 2) return `too many hyphens: ${part}`;
  return boundsFault(bounds, step, part, field) ?? stepFault(step, part);
}

function boundsFault(
  bounds: readonly string[],
  step: string | undefined,
  part: string,
  field: Field,
): string | undefined {
  const [low = '', high] = bounds;
  if (low === '*' || low === '?') return undefined;
  const { least, most } = field;
  const start = numberOf(low, field);
  const end = high === undefined ? (step === undefined ? start : most) : numberOf(high, field);
  if (start === undefined) return noNumber(low);
  if (end === undefined) return noNumber(high);
  if (start < least) return `beginning of range (${start}) below minimum (${least}): ${part}`;
  if (end > most) return `end of range (${end}) above maximum (${most}): ${part}`;
  return start > end ? `beginning of range (${start}) beyond end of range (${end}): ${part}` : undefined;
}

function stepFault(step: string | undefined, part: string): string | undefined {
  if (step === undefined) return undefined;
  if (!/^\d+$/.test(step)) return noNumber(step);
  return Number(step) === 0 ? `step of range should be a positive number: ${part}` : undefined;
}

function noNumber(text = ''): string {
  return `failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`;
}

function numberOf(text: string, { least, names }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + least;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
