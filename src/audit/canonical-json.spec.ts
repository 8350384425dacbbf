import { parseTree } from 'jsonc-parser';
import { canonicalJson } from './canonical-json.js';

function canonical(text: string): string {
  const tree = parseTree(text);
  if (tree === undefined) throw new Error('no JSON');
  return canonicalJson(tree, text);
}

// test/integration/audit/chain.spec.ts holds it against Postgres itself.
describe('JSON as Postgres writes it', () => {
  it.each([
    ['spaces', '{"a":[1,2,{"b":null}],"c":{}}', '{"a": [1, 2, {"b": null}], "c": {}}'],
    ['lines and indentation', '{\n  "a": 1\n}', '{"a": 1}'],
    [
      'short names before long ones, then by their bytes',
      '{"bb":1,"b":2,"a":3,"ä":4}',
      '{"a": 3, "b": 2, "bb": 1, "ä": 4}',
    ],
    ['names of digits in no other order than others', '{"10":1,"9":2,"a":3}', '{"9": 2, "a": 3, "10": 1}'],
    ['numbers digit for digit', '[1.0, 0.10, 12345678901234567890, -0]', '[1.0, 0.10, 12345678901234567890, -0]'],
    ['what text must escape', String.raw`"\u0041\/\u000a\u0001\"\\"`, String.raw`"A/\n\u0001\"\\"`],
    ['text of the world', '"日本 🚀 \u2028"', '"日本 🚀 \u2028"'],
    ['words', '[true, false, null]', '[true, false, null]'],
    ['emptiness', '[[], {}, ""]', '[[], {}, ""]'],
  ])('%s', (_, text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });
});
