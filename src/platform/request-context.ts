import { AsyncLocalStorage } from 'node:async_hooks';
import type { Journal } from './idempotency/journal.js';
import { pooledRandom } from './random-pool.js';
import type { Reach } from './reach.js';
import type { GrantedScope, TenantRole } from './http/scopes.js';

/** What is known of the request (or the background task) that the running code serves. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C trace id: 32 hex digits. */
  readonly traceId: string;
  /** W3C id of the caller's span: 16 hex digits; absent when the trace begins here. */
  readonly parentSpanId?: string;
  readonly sampled: boolean;
  /** Where the caller is, as trusted proxies tell it; absent outside of requests. */
  address?: string;
  /** Who acts, once that is known: the principal's id. */
  actor?: string;
  /** What proved it, where that is one of several: the id of an API key. */
  credential?: string;
  /** The id of the user whose memberships let them in, where it is one. */
  member?: string;
  /** Whose things the caller may see or change, once that is known. */
  reach?: Reach;
  /** What a role of a tenant allows and the caller does not have there, and so cannot give. */
  lackingForRole?: (tenantId: string, role: TenantRole) => readonly GrantedScope[];
  /** Asks again, as of now, whether the caller would be let in; for answers that go on for long. Never rejects. */
  stillAllowed?: () => Promise<boolean>;
  /** Where the request comes with an idempotency key: what it does, so that it can be done once. */
  readonly journal?: Journal;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The context of the running code, wherever it waited in between; undefined outside of any. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything that it starts, in a context. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The journal of the running request, where it has one and has not been answered yet. */
export function currentJournal(): Journal | undefined {
  const journal = currentContext()?.journal;
  return journal?.isOpen ? journal : undefined;
}

/**
 * Runs work that a request starts and does not wait for. It is no part of what the request's idempotency key stands for: a retry may not
 * find it done, and what it changes is not undone by having been done before.
 */
export function runBeyondRequest<T>(work: () => T): T {
  const context = currentContext();
  if (context?.journal === undefined) return work();
  const { journal: _, ...rest } = context;
  return runInContext(rest, work);
}

const acceptedRequestId = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id when it is one that logs and headers can carry. */
export function acceptRequestId(header: unknown): string | undefined {
  return typeof header === 'string' && acceptedRequestId.test(header) ? header : undefined;
}

const traceparentFormat = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A context that goes on with the trace of a `traceparent` header, or begins one where there is none to go on with. */
export function contextOf(requestId: string, traceparent: unknown): RequestContext {
  const [, version, traceId, parentSpanId, flags, more] =
    (typeof traceparent === 'string' && traceparentFormat.exec(traceparent)) || [];
  const valid =
    traceId !== undefined &&
    parentSpanId !== undefined &&
    version !== 'ff' &&
    (version !== '00' || more === undefined) &&
    !/^0+$/.test(traceId) &&
    !/^0+$/.test(parentSpanId);
  if (!valid) return { requestId, traceId: pooledRandom(16).toString('hex'), sampled: false };
  return { requestId, traceId, parentSpanId, sampled: (Number.parseInt(flags ?? '0', 16) & 1) === 1 };
}

/** The `traceparent` for a call to somebody else made on behalf of this context. */
export function traceparentOf(context: RequestContext): string {
  return `00-${context.traceId}-${pooledRandom(8).toString('hex')}-${context.sampled ? '01' : '00'}`;
}
