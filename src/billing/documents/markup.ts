/** HTML that may stand as it is. Only `markup` makes it. */
class Markup {
  constructor(readonly text: string) {}
}
export type { Markup };

type Content = Markup | string | readonly Markup[];

/**
 * A template of HTML in which whatever is put in is text, unless it was made by `markup` itself. Attributes stand in double quotes; nothing is put
 * into a script, a style or the name of an element. Several pieces stand on lines of their own.
 */
export function markup(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(pieces.map((piece, index) => `${piece}${textOf(contents[index] ?? '')}`).join(''));
}

function textOf(content: Content): string {
  if (typeof content === 'string') return escaped(content);
  return content instanceof Markup ? content.text : content.map(({ text }) => text).join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters of control are no text in HTML: a space stands for each. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '').replaceAll(/\p{Cc}/gu, ' ');
}
