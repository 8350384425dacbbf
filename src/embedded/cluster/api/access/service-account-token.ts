import { createHmac, timingSafeEqual } from 'node:crypto';

import { isFields, numberAt, stringAt } from '../../store/fields.js';

export interface ServiceAccountClaims {
  namespace: string;
  name: string;
  uid: string;
  /** seconds since the epoch */
  expires: number;
}

const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');

function sign(content: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

/** A token for a service account, with the claims of the real one; it can be checked without keeping it. */
export function issueToken(claims: ServiceAccountClaims, audiences: readonly string[], key: Buffer, now: Date): string {
  const issued = Math.floor(now.getTime() / 1000);
  const { namespace, name, uid, expires } = claims;
  const payload = {
    aud: audiences,
    exp: expires,
    iat: issued,
    iss: 'https://kubernetes.default.svc.cluster.local',
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    nbf: issued,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const content = `${HEADER}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return `${content}.${sign(content, key).toString('base64url')}`;
}

/** The claims of a token that was issued with this key and has not expired; undefined for anything else. */
export function verifyToken(token: string, key: Buffer, now: Date): ServiceAccountClaims | undefined {
  const [header, payload = '', signature = '', ...more] = token.split('.');
  if (header !== HEADER || more.length > 0) return undefined;
  const expected = sign(`${header}.${payload}`, key);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (!isFields(claims)) return undefined;
  const expires = numberAt(claims, 'exp') ?? 0;
  const about = claims['kubernetes.io'];
  const namespace = stringAt(about, 'namespace');
  const name = stringAt(about, 'serviceaccount', 'name');
  const uid = stringAt(about, 'serviceaccount', 'uid');
  if (namespace === undefined || name === undefined || uid === undefined) return undefined;
  return expires * 1000 > now.getTime() ? { namespace, name, uid, expires } : undefined;
}
