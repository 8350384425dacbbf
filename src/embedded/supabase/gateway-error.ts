/** What Postgres says of a failed statement. */
export interface SqlFailure {
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

const exactStatuses: Readonly<Record<string, number>> = {
  PGRST001: 503,
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53400': 500,
  '57P01': 503,
  P0001: 400,
};

const classStatuses: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** The HTTP status that PostgREST gives a SQLSTATE; `PTxyz` is status xyz. */
export function gatewayStatus(code: string, role: string): number {
  if (code === '42501') return role === 'anon' ? 401 : 403;
  const raised = /^PT([2-5]\d\d)$/.exec(code);
  if (raised) return Number(raised[1]);
  return exactStatuses[code] ?? classStatuses[code.slice(0, 2)] ?? 400;
}

/** The answer of PostgREST to a failed statement. */
export function gatewayAnswer(failure: SqlFailure, role: string): Response {
  const { code, message, detail = null, hint = null } = failure;
  return Response.json({ code, message, details: detail, hint }, { status: gatewayStatus(code, role) });
}
