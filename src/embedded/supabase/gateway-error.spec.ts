import { gatewayAnswer, gatewayStatus } from './gateway-error.js';

describe('the answer to a failed statement', () => {
  it.each([
    ['a rule of ours', 'PT409', 'service_role', 409],
    ['our own 404', 'PT404', 'service_role', 404],
    ['a raise without a code', 'P0001', 'service_role', 400],
    ['a missing right of nobody in particular', '42501', 'anon', 401],
    ['a missing right of somebody', '42501', 'authenticated', 403],
    ['a taken key', '23505', 'service_role', 409],
    ['a missing parent', '23503', 'service_role', 409],
    ['a broken check', '23514', 'service_role', 400],
    ['a missing value', '23502', 'service_role', 400],
    ['bad input', '22P02', 'service_role', 400],
    ['a missing function', '42883', 'service_role', 404],
    ['a write in a read', '25006', 'service_role', 405],
    ['a serialization failure', '40001', 'service_role', 500],
    ['a deadlock', '40P01', 'service_role', 500],
    ['too many connections', '53300', 'service_role', 503],
    ['a lost connection', '08006', 'service_role', 503],
    ['a database that is away', 'PGRST001', 'service_role', 503],
    ['a shutdown', '57P01', 'service_role', 503],
    ['a cancelled statement', '57014', 'service_role', 500],
    ['a bug of Postgres', 'XX000', 'service_role', 500],
    ['a code like ours that is no status', 'PT999', 'service_role', 400],
  ])('to %s (%s as %s) has the status that PostgREST gives', (_, code, role, status) => {
    expect(gatewayStatus(code, role)).toBe(status);
  });

  it('says what Postgres said', async () => {
    const failure = { code: 'PT409', message: 'taken', detail: 'acme', hint: 'choose another' };
    const answer = gatewayAnswer(failure, 'service_role');
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toContain('application/json');
    await expect(answer.json()).resolves.toEqual({
      code: 'PT409',
      message: 'taken',
      details: 'acme',
      hint: 'choose another',
    });
  });

  it('has null where Postgres said nothing', async () => {
    const answer = gatewayAnswer({ code: '22023', message: 'no' }, 'anon');
    await expect(answer.json()).resolves.toEqual({ code: '22023', message: 'no', details: null, hint: null });
  });
});
