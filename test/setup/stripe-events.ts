import { createHmac } from 'node:crypto';
import { webhookSecret } from './stripe-server.js';

/** A body as Stripe sends it, and its signature. */
export function signedEvent(
  event: { readonly id: string; readonly type: string; readonly object: object },
  at: Date,
  secret = webhookSecret,
): { readonly body: Buffer; readonly signature: string } {
  const created = Math.floor(at.getTime() / 1_000);
  const { id, type, object } = event;
  const body = Buffer.from(
    JSON.stringify({ id, object: 'event', api_version: '2026-10-28.endive', created, type, data: { object } }, null, 2),
  );
  const signature = createHmac('sha256', secret).update(`${created}.`).update(body).digest('hex');
  return { body, signature: `t=${created},v1=${signature}` };
}
