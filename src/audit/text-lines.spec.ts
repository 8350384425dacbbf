import { textLines } from './text-lines.js';

async function linesOf(...pieces: (string | Uint8Array)[]): Promise<string[]> {
  async function* each(): AsyncGenerator<string | Uint8Array> {
    yield* pieces;
  }
  const lines: string[] = [];
  for await (const line of textLines(each())) lines.push(line);
  return lines;
}

describe('the lines of a text in pieces', () => {
  it.each([
    ['nothing', [], []],
    ['whole lines', ['a\nb\n'], ['a', 'b']],
    ['a line in pieces', ['a', 'b', 'c\nd'], ['abc', 'd']],
    ['empty lines, left out', ['a\n\n \nb'], ['a', 'b']],
    ['an end of Windows', ['a\r\nb\r\n'], ['a\r', 'b\r']],
  ])('%s', async (_, pieces, lines) => {
    expect(await linesOf(...pieces)).toEqual(lines);
  });

  it('a character in two pieces', async () => {
    const bytes = Buffer.from('ä日\n🚀');
    expect(await linesOf(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['ä日', '🚀']);
  });
});
