import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Access } from '../platform/http/access.js';
import { Doorkeeper } from '../platform/http/doorkeeper.js';
import type { RouteDefinition } from '../platform/http/route.js';
import { Authenticator } from './authenticator.service.js';
import type { Principal } from './principal.js';
import type { CallerReply } from './rate-limits/heed.js';
import { Refusals } from './refusals.service.js';

/** What is needed of a request, whichever server it came through. */
export interface CallerRequest {
  readonly raw: object;
  readonly headers: { readonly authorization?: string | undefined };
  readonly params: unknown;
}

/** A request on its way in. */
export interface Visit {
  readonly request: CallerRequest;
  readonly reply: CallerReply;
  readonly route: RouteDefinition;
  readonly access: Exclude<Access, 'public'>;
}

/** Tells who makes a request, and turns away whom nobody knows: for the guard, and at the door before a large body is read. */
@Injectable()
export class Callers implements OnModuleInit {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly refusals: Refusals,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  onModuleInit(): void {
    this.doorkeeper.putRecognizer((visit) => this.identify(visit));
  }

  /** @throws TenantryError what the caller is refused with, when that is counted and written down */
  identify({
    request,
    reply,
    route,
    access,
  }: Omit<Visit, 'request'> & { request: Pick<CallerRequest, 'headers'> }): Principal | Promise<Principal> {
    const { authorization } = request.headers;
    const refuse = (error: unknown): Promise<never> =>
      this.refusals.stranger(error, route.name, authorization !== undefined, reply);
    try {
      const principal = this.authenticator.authenticate(authorization, access.staleSeconds);
      return principal instanceof Promise ? principal.catch(refuse) : principal;
    } catch (error) {
      return refuse(error);
    }
  }
}
