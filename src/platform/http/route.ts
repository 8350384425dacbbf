import type { StreamableFile } from '@nestjs/common';
import type { z } from 'zod';
import type { ErrorKind } from '../errors.js';
import { type Access, isThingAccess } from './access.js';

/** One way a route answers. Without `schema` the answer has no body. */
export interface AnswerDefinition {
  description: string;
  schema?: z.ZodType;
  /** Default `application/json`. `text/event-stream` makes `schema` the shape of each event's data. */
  contentType?: string;
  /**
   * Makes the answer a stream of bytes in one of these media types; the handler says in which. With a `schema` beside it the answer may also be
   * JSON of that shape.
   */
  stream?: readonly string[];
  /** Header names and what they say. */
  headers?: Record<string, string>;
}

/**
 * Everything a route promises, in one value: it parses requests, types the handler and feeds OpenAPI.
 * `params`, `query` and `body` are strict where they are `z.strictObject`; without one, nothing is accepted there.
 */
export interface RouteDefinition {
  /** The operationId: camelCase, unique. */
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/v1/tenants/{tenant}`. */
  path: `/${string}`;
  tag: string;
  summary: string;
  description?: string;
  /** Who may call it, and what it is about. A route that does not say is refused. */
  access: Access;
  /**
   * `none`: monitoring asks as often as it likes. `own`: callers are limited by the route itself, in another unit than requests, unless they
   * have a limit of requests of their own. Default: callers are limited, and those who are nobody by their address.
   */
  limits?: 'none' | 'own';
  /** Called so often that what succeeded is logged at debug alone: by monitoring, or for each event. */
  quiet?: true;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Names in lower case. Headers that it does not name are let through, unseen. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** Bytes; default 1 MiB. */
  bodyLimit?: number;
  /** Media types of the body; default `application/json`. They must be JSON. */
  bodyTypes?: readonly string[];
  /**
   * The handler gets the body as bytes, just as they came, whatever the Content-Type says, and judges them itself. `body` and `bodyTypes` are
   * for the readers of the document then. Of content codings those named here come through, besides none.
   */
  rawBody?: { readonly codings: readonly string[] };
  /** `none`: it takes no `Idempotency-Key`, though it is no GET, because doing it again is as good as doing it once. */
  idempotency?: 'none';
  answers: Readonly<Record<number, AnswerDefinition>>;
  /** The problem codes that a caller may meet, beyond those that every route has. */
  problems?: Partial<Record<ErrorKind, readonly string[]>>;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler of the route gets: every part parsed. */
export interface InputOf<R extends RouteDefinition> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  headers: Parsed<R['headers']>;
  body: R extends { rawBody: object } ? Buffer : Parsed<R['body']>;
}

type BodyOf<A> = A extends { contentType: 'text/event-stream' }
  ? StreamableFile
  : A extends { schema: infer S extends z.ZodType }
    ? z.output<S> | (A extends { stream: readonly string[] } ? StreamableFile : never)
    : A extends { stream: readonly string[] }
      ? StreamableFile
      : undefined;

type IsUnion<T, U = T> = (T extends unknown ? ([U] extends [T] ? false : true) : never) extends false ? false : true;

type AnyAnswer<A> = { [S in keyof A]: Answer<S, BodyOf<A[S]>> }[keyof A];

/** What a handler may return: the bare body where the route has one answer, or `answer(status, body, headers)`. */
export type AnswerOf<R extends RouteDefinition> =
  | AnyAnswer<R['answers']>
  | (IsUnion<keyof R['answers']> extends true ? never : BodyOf<R['answers'][keyof R['answers']]>);

/** An answer with its status told, and headers of its own. */
export class Answer<out Status, out Body> {
  constructor(
    readonly status: Status,
    readonly body: Body,
    readonly headers: Readonly<Record<string, string>>,
  ) {}
}

/** An answer with this status; header names in lower case. */
export function answer<const Status extends number, Body>(
  status: Status,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Answer<Status, Body> {
  return new Answer(status, body, headers);
}

const braces = /\{(\w+)\}/g;

/**
 * Keeps the exact types of a route's definition.
 * @throws Error when the path's `{names}` and `params` differ, which no request could ever satisfy, or access hangs on another name.
 */
export function defineRoute<const R extends RouteDefinition>(route: R): R {
  const inPath = [...route.path.matchAll(braces)].map(([, name]) => name);
  const described = Object.keys(route.params?.shape ?? {});
  if (inPath.length !== described.length || !described.every((name) => inPath.includes(name))) {
    throw new Error(`route ${route.name}: the path names {${inPath.join(', ')}}, params {${described.join(', ')}}`);
  }
  const { access } = route;
  if (access !== 'public' && isThingAccess(access) && !inPath.includes(access.param)) {
    throw new Error(`route ${route.name}: access hangs on {${access.param}}, which the path does not have`);
  }
  return route;
}

/** The path as Fastify writes it: `/v1/tenants/:tenant`. */
export function routerPath(route: RouteDefinition): string {
  return route.path.replaceAll(braces, ':$1');
}

/** The statuses of the route's answers, lowest first. */
export function statusesOf(route: RouteDefinition): number[] {
  return Object.keys(route.answers).map(Number);
}
