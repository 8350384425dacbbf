import { createHmac } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { TestDatabase } from './database.js';

type Part = Readonly<Record<string, unknown>>;

const encoded = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token with an HMAC, or with no signature at all where the secret is undefined. */
export function makeToken(secret: string | undefined, claims: Part, header: Part = {}): string {
  const text = `${encoded({ alg: secret === undefined ? 'none' : 'HS256', typ: 'JWT', ...header })}.${encoded(claims)}`;
  return `${text}.${secret === undefined ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** What Supabase says of a user who has signed in just now. */
export function claimsOfUser(userId: string): Part {
  const now = Math.floor(Date.now() / 1_000);
  return { aud: 'authenticated', role: 'authenticated', sub: userId, iat: now, exp: now + 3_600 };
}

/** A client as a browser has one: with the publishable key, and with a token where somebody has signed in. */
export function publicClient({ database }: TestDatabase, token?: string): SupabaseClient {
  return database.clientWith(database.keys.publishableKey, token);
}

/** The client of a user who has signed in. */
export function clientOf(test: TestDatabase, userId: string): SupabaseClient {
  return publicClient(test, makeToken(test.database.keys.jwtSecret, claimsOfUser(userId)));
}
