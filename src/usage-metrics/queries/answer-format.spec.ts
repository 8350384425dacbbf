import { formatOf, textOf } from './answer-format.js';

describe('the format that is liked best', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8', 'csv'],
    ['application/x-ndjson, text/csv', 'ndjson'],
    ['text/csv;q=0.5, application/json;q=0.9', 'json'],
    ['text/html, text/csv;q=0.1', 'csv'],
    ['text/csv;q=0, application/json;q=0', 'json'],
    ['text/csv;q=x', 'json'],
    ['image/png', 'json'],
  ])('of %j is %s', (accept, format) => {
    expect(formatOf(accept)).toBe(format);
  });
});

describe('no rows', () => {
  async function* none() {
    yield [];
  }
  async function whole(format: 'csv' | 'ndjson'): Promise<string> {
    let text = '';
    for await (const piece of textOf(format, none(), ['a'])) text += piece;
    return text;
  }

  it('are a head alone, or nothing', async () => {
    expect(await whole('csv')).toBe('window_start,window_end,subject,a,value\r\n');
    expect(await whole('ndjson')).toBe('');
  });
});
