import { csvLine } from '../../platform/csv.js';
import type { UsageRow } from './usage-query.js';

export const answerFormats = ['json', 'csv', 'ndjson'] as const;
export type AnswerFormat = (typeof answerFormats)[number];

export const streamTypes = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

/** Longer ones stand for their formats too. */
const byType: ReadonlyMap<string, AnswerFormat> = new Map([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['text/csv', 'csv'],
  ['text/*', 'csv'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
]);

/** The format that an `Accept` header likes best, the first of several; JSON where it names none that there is. */
export function formatOf(accept: string | undefined): AnswerFormat {
  let best: { format: AnswerFormat; weight: number } = { format: 'json', weight: 0 };
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = byType.get(type);
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const weight = quality === undefined ? 1 : Number(quality);
    if (format !== undefined && weight > best.weight) best = { format, weight };
  }
  return best.format;
}

/** Rows as text, page by page. */
export async function* textOf(
  format: keyof typeof streamTypes,
  pages: AsyncIterable<readonly UsageRow[]>,
  groupBy: readonly string[],
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(['window_start', 'window_end', 'subject', ...groupBy, 'value']);
  for await (const rows of pages) {
    if (rows.length > 0)
      yield rows.map((row) => (format === 'csv' ? csvRow(row, groupBy) : `${JSON.stringify(row)}\n`)).join('');
  }
}

function csvRow(row: UsageRow, groupBy: readonly string[]): string {
  const dimensions = groupBy.map((name) => row.group_by[name] ?? null);
  return csvLine([row.window_start, row.window_end, row.subject, ...dimensions, row.value_decimal]);
}
