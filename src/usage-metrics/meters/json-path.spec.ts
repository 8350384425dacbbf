import fc from 'fast-check';
import { parseJsonPath } from './json-path.js';

describe('a path to one member', () => {
  it.each([
    ['$.tokens', ['tokens']],
    ['$.usage.input_tokens', ['usage', 'input_tokens']],
    ["$['a b']", ['a b']],
    ['$["a b"].c', ['a b', 'c']],
    ['$.items[0].size', ['items', '0', 'size']],
    ["$['it\\'s']", ["it's"]],
    ['$["back\\\\slash"]', ['back\\slash']],
    ["$['']", ['']],
    ["$['.']['[0]']", ['.', '[0]']],
    ['$.größe', ['größe']],
    ['$.𝒳', ['𝒳']],
  ])('%s', (text, keys) => {
    expect(parseJsonPath(text)).toEqual({ state: 'parsed', keys });
  });

  it.each([
    ['tokens', 'must begin with $, such as $.tokens'],
    ['', 'must begin with $, such as $.tokens'],
    ['$', 'must name a member of the data, such as $.tokens'],
    ['$..tokens', "names several members at character 2; a path here names one: .name, ['name'] or [0]"],
    ['$.*', "names several members at character 2; a path here names one: .name, ['name'] or [0]"],
    ['$.a[*]', "names several members at character 4; a path here names one: .name, ['name'] or [0]"],
    ['$.a[0:2]', "names several members at character 4; a path here names one: .name, ['name'] or [0]"],
    ['$.a[0,1]', "names several members at character 4; a path here names one: .name, ['name'] or [0]"],
    ['$.a[?(@.b)]', "names several members at character 4; a path here names one: .name, ['name'] or [0]"],
    ['$.a[-1]', 'counts from the end at character 4; an index here counts from 0'],
    ['$.a[01]', "cannot be read at character 4; a step is .name, ['any name'] or [0]"],
    ['$.a-b', "cannot be read at character 4; a step is .name, ['any name'] or [0]"],
    ['$.0', "cannot be read at character 2; a step is .name, ['any name'] or [0]"],
    ['$.a.', "cannot be read at character 4; a step is .name, ['any name'] or [0]"],
    ["$['a", "cannot be read at character 2; a step is .name, ['any name'] or [0]"],
    ["$['a\\n']", "cannot be read at character 2; a step is .name, ['any name'] or [0]"],
    ['$ .a', "cannot be read at character 2; a step is .name, ['any name'] or [0]"],
    [`$${'.a'.repeat(17)}`, 'must name a member at most 16 levels down'],
  ])('not %s', (text, fault) => {
    expect(parseJsonPath(text)).toEqual({ state: 'refused', fault });
  });

  it('reads back any names in brackets', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 16 }), (keys) => {
        const text = `$${keys.map((key) => `['${key.replaceAll(/['\\]/g, String.raw`\$&`)}']`).join('')}`;
        expect(parseJsonPath(text)).toEqual({ state: 'parsed', keys });
      }),
    );
  });

  it('never throws and never takes long', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300, unit: fc.constantFrom('$', '.', '[', ']', "'", '"', '\\', 'a', '0', '*') }),
        (text) => {
          expect(['parsed', 'refused']).toContain(parseJsonPath(`$${text}`).state);
        },
      ),
    );
  });
});
