import { type Node, parseTree, type ParseError } from 'jsonc-parser';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import { chainHead, checkpoint } from './checkpoint.js';
import { publicJwk } from './signing-key.js';
import { trailEntry, type TrailEntry } from './trail-entry.js';

/** The first line: what the file holds. Checkpoints are those that the global chain tells of up to this place. */
const header = z.object({
  version: z.literal(1),
  /** One chain alone; null: all of them. */
  chain: z.string().nullable(),
  made_at: z.string(),
  global_seq: z.int(),
  checkpoints: z.int(),
});
export type TrailHeader = z.infer<typeof header>;

/** The last line: how much there was, so that a file that was cut is known. */
const footer = z.object({ chains: z.int(), entries: z.int() });

const plainLine = z.discriminatedUnion('type', [
  header.extend({ type: z.literal('trail') }),
  publicJwk.extend({ type: z.literal('key') }),
  checkpoint.extend({ type: z.literal('checkpoint') }),
  chainHead.extend({ type: z.literal('chain') }),
  footer.extend({ type: z.literal('end') }),
]);

/** One line of an export: the header, keys, checkpoints, then each chain with its entries, the global one last, and the end. */
export type TrailLine = z.infer<typeof plainLine> | { readonly type: 'entry'; readonly entry: TrailEntry };

/** A line as text, with its end. `before` and `after` are the JSON that Postgres wrote, not written anew: its numbers are part of the hash. */
export function writeLine(line: TrailLine): string {
  if (line.type !== 'entry') return `${JSON.stringify(line)}\n`;
  const { before, after, ...rest } = line.entry;
  const head = JSON.stringify({ type: 'entry', ...rest }).slice(0, -1);
  return `${head},"before":${before ?? 'null'},"after":${after ?? 'null'}}\n`;
}

/** @throws Error when it is not a line of an export */
export function readLine(text: string): TrailLine {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  if (tree?.type !== 'object' || errors.length > 0) throw new SyntaxError('not a JSON object');
  const members = new Map(
    (tree.children ?? []).map(({ children: [name, value] = [] }) => [String(name?.value), value]),
  );
  if (members.get('type')?.value !== 'entry') return plainLine.parse(JSON.parse(text));
  const plain = [...members].filter(([name]) => name !== 'before' && name !== 'after' && name !== 'type');
  const entry = {
    ...Object.fromEntries(plain.map(([name, node]) => [name, node?.value ?? null])),
    before: toldBy(members.get('before'), text),
    after: toldBy(members.get('after'), text),
  };
  return { type: 'entry', entry: trailEntry.parse(entry) };
}

function toldBy(node: Node | undefined, text: string): string | null {
  return node === undefined || node.type === 'null' ? null : canonicalJson(node, text);
}
