/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  readonly rest: string;
}

/** The instructions between one FROM and the next; `from` is the image with global build arguments filled in. */
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads what our Dockerfile uses of the format: comments, continuations, global ARG before the first FROM. No here-documents. */
export function stagesOf(text: string): Stage[] {
  const instructions = instructionsOf(text);
  const firstStage = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const defaults = argumentsOf(instructions.slice(0, firstStage));
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions.slice(firstStage)) {
    if (instruction.keyword !== 'FROM') {
      stages.at(-1)?.instructions.push(instruction);
      continue;
    }
    const [image = '', , name = ''] = instruction.rest.split(/\s+/);
    stages.push({
      name,
      from: image.replace(/\$\{(\w+)\}/g, (_, key: string) => defaults[key] ?? ''),
      instructions: [],
    });
  }
  return stages;
}

/** Build arguments and their defaults; one without a default is absent. */
export function argumentsOf(instructions: readonly Instruction[]): Record<string, string> {
  const given = instructions.filter(({ keyword, rest }) => keyword === 'ARG' && rest.includes('='));
  return Object.fromEntries(
    given.map(({ rest }) => {
      const equals = rest.indexOf('=');
      return [rest.slice(0, equals), rest.slice(equals + 1).replaceAll('"', '')];
    }),
  );
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [keyword = ''] = line.split(/\s+/, 1);
      return { keyword: keyword.toUpperCase(), rest: line.slice(keyword.length).trim() };
    });
}
