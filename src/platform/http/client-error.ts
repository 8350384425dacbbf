import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { TenantryError } from '../errors.js';
import { newId } from '../ids.js';
import { callerAddress } from './caller-address.js';
import { problemAnswer, problemContentType } from './problem.js';

/** What Node's parser and its timeouts call their errors. */
const errors: Readonly<Record<string, () => TenantryError>> = {
  HPE_HEADER_OVERFLOW: () => new TenantryError('too_large', 'headers_too_large', 'The headers are too large.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => new TenantryError('too_large', 'body_too_large', 'The body is too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: () =>
    new TenantryError('invalid', 'request_timeout', 'The request did not arrive in time.'),
};

/** The bytes that answer a connection which sent no HTTP that could be read: a problem like any other, with an id of its own. */
export function clientErrorAnswer(code: string | undefined, requestId: string): { status: number; bytes: string } {
  const error = (errors[code ?? ''] ?? malformed)();
  const { problem, headers } = problemAnswer(error, requestId);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  return { status: problem.status, bytes: `${lines.join('\r\n')}\r\n\r\n${body}` };
}

function malformed(): TenantryError {
  return new TenantryError('invalid', 'malformed_request', 'This is not a well-formed HTTP request.');
}

/** For Node's `clientError`: answers where nothing was answered yet, and ends the connection. */
export function answerClientError(logger: Logger, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const requestId = newId();
  const { status, bytes } = clientErrorAnswer(error.code, requestId);
  const remote = callerAddress(socket.remoteAddress ?? '', undefined);
  logger.info({ request_id: requestId, code: error.code, status, remote }, 'no request could be read');
  if (socket.writable && !answerHasBegun(socket)) socket.write(bytes);
  // What else the client sends is not read: a reset would take the answer away from it, so the end comes first.
  socket.destroySoon();
}

/** Node keeps the answer that is under way on its socket, under a name that its types do not tell. */
function answerHasBegun(socket: Socket): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return typeof message === 'object' && message !== null && Reflect.get(message, '_headerSent') === true;
}
