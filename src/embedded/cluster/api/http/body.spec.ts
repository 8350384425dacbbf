import { Readable } from 'node:stream';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { parseObjectBody, parseYaml, readBody } from './body.js';

function incoming(chunks: Buffer[], headers: Record<string, string> = {}): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  Readable.from(chunks)
    .on('data', (chunk: Buffer) => message.push(chunk))
    .on('end', () => message.push(null));
  return message;
}

describe('readBody', () => {
  it('joins what comes in pieces', async () => {
    expect((await readBody(incoming([Buffer.from('a'), Buffer.from('b')]))).toString()).toBe('ab');
  });

  it('does not wait for a body of no length', async () => {
    const message = new IncomingMessage(new Socket());
    message.headers['content-length'] = '0';
    expect((await readBody(message)).length).toBe(0);
  });

  it('refuses a body that is too large', async () => {
    const megabyte = Buffer.alloc(1024 * 1024);
    await expect(readBody(incoming([megabyte, megabyte, megabyte, megabyte]))).rejects.toMatchObject({
      code: 413,
      message: 'Request entity too large: limit is 3145728',
    });
  });
});

describe('parseObjectBody', () => {
  it.each([
    ['JSON', 'application/json; charset=utf-8', '{"kind":"Pod"}'],
    ['JSON without a content type', undefined, '{"kind":"Pod"}'],
    ['YAML', 'application/yaml', 'kind: Pod'],
  ])('reads %s', (_what, contentType, body) => {
    expect(parseObjectBody(Buffer.from(body), contentType)).toEqual({ kind: 'Pod' });
  });

  it.each([
    ['broken JSON', 'application/json', '{', 400, "couldn't get version/kind; json parse error: "],
    ['a list', 'application/json', '[]', 400, "couldn't get version/kind"],
    ['broken YAML', 'application/yaml', 'a: [', 400, 'error decoding YAML'],
    ['another type', 'text/html', '<p>', 415, 'the body of the request was in an unknown format'],
  ])('refuses %s', (_what, contentType, body, code, message) => {
    expect(() => parseObjectBody(Buffer.from(body), contentType)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('reads JSON where YAML is allowed', () => {
    expect(parseYaml(Buffer.from('{"a": 1}'))).toEqual({ a: 1 });
  });
});
