import { clientErrorAnswer } from './client-error.js';

describe('the answer to what is no request', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 431, 'Request Header Fields Too Large', 'headers_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'Request Timeout', 'request_timeout'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, 'Payload Too Large', 'body_too_large'],
    ['HPE_INVALID_METHOD', 400, 'Bad Request', 'malformed_request'],
    [undefined, 400, 'Bad Request', 'malformed_request'],
  ])('%s: %s %s, %s', (code, status, reason, problem) => {
    const { bytes, ...answer } = clientErrorAnswer(code, 'id-1');
    const [head = '', body = ''] = bytes.split('\r\n\r\n');
    expect(answer).toEqual({ status });
    expect(head.split('\r\n')).toEqual([
      `HTTP/1.1 ${status} ${reason}`,
      'content-type: application/problem+json',
      `content-length: ${body.length}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      'x-request-id: id-1',
      'connection: close',
    ]);
    expect(JSON.parse(body)).toMatchObject({ status, code: problem, request_id: 'id-1', errors: [] });
  });
});
