import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { ObjectStore } from '../../store/object-store.js';
import { StatusError } from '../../store/status-error.js';
import { issueToken, verifyToken, type ServiceAccountClaims } from './service-account-token.js';
import { ADMIN, ANONYMOUS, serviceAccountUser, type User } from './user.js';

const PUBLIC = /^\/(?:version|healthz|livez|readyz)(?:\/|$)/;

/** 401 in the words of the real server. */
function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

/**
 * Finds out who asks, by bearer token. Over plain HTTP helm and kubectl never send the token of a kubeconfig, but they
 * do send credentials that stand in the server's URL: so a Basic password counts as the token too.
 */
export class Authentication {
  private readonly users = new Map<string, User>();
  private readonly key: Buffer;

  /** `key` signs service account tokens; with the same key they outlive a restart. */
  constructor(
    private readonly store: ObjectStore,
    options: { adminToken: string; tokens?: Readonly<Record<string, User>>; key?: Buffer },
  ) {
    this.key = options.key ?? randomBytes(32);
    this.users.set(digest(options.adminToken), ADMIN);
    for (const [token, user] of Object.entries(options.tokens ?? {})) this.users.set(digest(token), user);
  }

  /** Who sent these headers. Throws 401 for a missing or bad token, except on paths that are open to everybody. */
  userOf(path: string, headers: IncomingHttpHeaders): User {
    const token = tokenOf(headers.authorization);
    if (token === undefined) {
      if (PUBLIC.test(path)) return ANONYMOUS;
      throw unauthorized();
    }
    const user = this.users.get(digest(token)) ?? this.serviceAccountOf(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** The user of a token, or undefined: for TokenReview. */
  review(token: string): User | undefined {
    return this.users.get(digest(token)) ?? this.serviceAccountOf(token);
  }

  issue(claims: ServiceAccountClaims, audiences: readonly string[], now: Date): string {
    return issueToken(claims, audiences, this.key, now);
  }

  private serviceAccountOf(token: string): User | undefined {
    const claims = verifyToken(token, this.key, new Date());
    if (claims === undefined) return undefined;
    const account = this.store.get('/serviceaccounts', claims.namespace, claims.name);
    if (account?.metadata.uid !== claims.uid) return undefined;
    return serviceAccountUser(claims.namespace, claims.name, claims.uid);
  }
}

/** Tokens are looked up by their hash, so that the time it takes says nothing about them. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function tokenOf(authorization: string | undefined): string | undefined {
  const match = /^(Bearer|Basic)\s+(.+)$/i.exec(authorization ?? '');
  if (match === null) return undefined;
  const [, scheme = '', credentials = ''] = match;
  if (scheme.toLowerCase() === 'bearer') return credentials.trim();
  const pair = Buffer.from(credentials, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
