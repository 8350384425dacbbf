import { DatabaseError, isTransient, toDatabaseError, toNetworkError } from './database-error.js';

describe('a fault of the database', () => {
  it.each([
    ['a rule of ours was broken', 'PT409', 409, false],
    ['our own function says it is unavailable', 'PT503', 503, false],
    ['a unique key is taken', '23505', 409, false],
    ['a statement ran too long', '57014', 500, false],
    ['the function does not exist', 'PGRST202', 404, false],
    ['two transactions could not be ordered', '40001', 500, true],
    ['a deadlock was broken', '40P01', 500, true],
    ['a row stayed locked', '55P03', 500, true],
    ['the connection was lost', '08006', 503, true],
    ['all connections are taken', '53300', 503, true],
    ['the server is shutting down', '57P01', 503, true],
    ['the server is starting', '57P03', 503, true],
    ['the gateway has no connection', 'PGRST003', 504, true],
    ['the gateway asks for patience', 'http_429', 429, true],
    ['a proxy found nobody', 'http_502', 502, true],
    ['a proxy refused', 'http_403', 403, false],
    ['no answer came', 'network', 0, true],
  ])('%s: %s with status %i, transient %p', (_, code, status, transient) => {
    expect(isTransient(code, status)).toBe(transient);
  });

  it('keeps what the function raised', () => {
    const fault = { code: 'PT409', message: 'slug is taken', details: 'acme', hint: 'choose another' };
    const error = toDatabaseError('tenant_create', fault, 409);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({
      name: 'DatabaseError',
      message: 'tenant_create: slug is taken',
      code: 'PT409',
      retryable: false,
      details: 'acme',
      hint: 'choose another',
    });
  });

  it('has no empty details', () => {
    const error = toDatabaseError('f', { code: '40001', message: 'm', details: '', hint: null }, 500);
    expect(error.details).toBeUndefined();
    expect(error.hint).toBeUndefined();
  });

  it('is named by its status when it is not the gateway that answered, and cut when it is a page', () => {
    const error = toDatabaseError('f', { message: `<html>${'x'.repeat(9_000)}` }, 502);
    expect(error).toMatchObject({ code: 'http_502', retryable: true });
    expect(error.message.length).toBeLessThan(520);
  });

  it.each(['PGRST202', 'PGRST205'])('%s says how to apply the migrations', (code) => {
    expect(toDatabaseError('f', { code, message: 'not found' }, 404).message).toContain('npm run db:push');
  });

  it('keeps what was thrown as its cause', () => {
    const thrown = new TypeError('fetch failed');
    const error = toNetworkError('f', thrown);
    expect(error).toMatchObject({ code: 'network', retryable: true, message: 'f: fetch failed' });
    expect(error.cause).toBe(thrown);
  });

  it('is itself when it was made already', () => {
    const error = new DatabaseError('m', { code: '40001', retryable: true });
    expect(toNetworkError('f', error)).toBe(error);
  });
});
