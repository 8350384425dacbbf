import fc from 'fast-check';
import { markup } from './markup.js';

describe('a template of HTML', () => {
  it('takes text as text, and its own HTML as HTML', () => {
    const name = `<b title='x'>"A" & B</b>`;
    const inner = markup`<p class="${name}">${name}</p>`;
    const text = '&lt;b title=&#39;x&#39;&gt;&quot;A&quot; &amp; B&lt;/b&gt;';
    expect(inner.text).toBe(`<p class="${text}">${text}</p>`);
    expect(markup`<div>${[inner, inner]}</div>`.text).toBe(`<div>${inner.text}\n${inner.text}</div>`);
  });

  it('has a space for a character of control', () => {
    expect(markup`<p>${'a\u0000b\u001bc\u0085d'}</p>`.text).toBe('<p>a b c d</p>');
  });

  it('lets no text out of its place, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '`', '=', 'a', ' ', '/', '-', '!') }),
        (text) => {
          const [, attribute = '', content = ''] =
            /^<p class="([^"]*)">([^<]*)<\/p>$/.exec(markup`<p class="${text}">${text}</p>`.text) ?? [];
          expect(attribute).not.toMatch(/[<>"']/);
          expect(unescaped(content)).toBe(text);
          expect(unescaped(attribute)).toBe(text);
        },
      ),
    );
  });
});

function unescaped(text: string): string {
  const signs: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return text.replaceAll(/&(lt|gt|quot|#39|amp);/g, (entity) => signs[entity] ?? '');
}
