import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { createParamDecorator, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Admission } from '../platform/http/doorkeeper.js';
import type { RouteDefinition } from '../platform/http/route.js';
import { routeMetadata } from '../platform/http/route.decorator.js';
import { currentContext } from '../platform/request-context.js';
import { Authenticator } from './authenticator.service.js';
import type { Principal } from './principal.js';
import { RequestLimits } from './rate-limits/request-limits.service.js';

/** What is needed of a request, whichever server it came through. */
interface CallerRequest {
  readonly raw: object;
  readonly headers: { readonly authorization?: string | undefined };
  readonly ip: string;
}

interface CallerReply {
  header(name: string, value: string): unknown;
}

const principals = new WeakMap<object, Principal>();

/**
 * Lets nobody in whom the authenticator does not know, but for routes whose definition says `access: 'public'`, and nobody more often than
 * the limits say.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly limits: RequestLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    if (route?.access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<CallerRequest>();
    const reply = http.getResponse<CallerReply>();
    const principal = await this.identify(request, reply);
    principals.set(request.raw, principal);
    const running = currentContext();
    if (running) running.actor = principal.id;
    heed(await this.limits.caller(principal), reply);
    return true;
  }

  private async identify(request: CallerRequest, reply: CallerReply): Promise<Principal> {
    const { authorization } = request.headers;
    try {
      return this.authenticator.authenticate(authorization);
    } catch (error) {
      // Callers without any key are noise, and were counted at the door; a key that is wrong may be a guess.
      if (authorization !== undefined)
        heed(await this.limits.failedAuthentication(currentContext()?.address ?? request.ip), reply);
      throw error;
    }
  }
}

/** @throws TenantryError `rate_limited` */
function heed({ headers, refusal }: Admission, reply: CallerReply): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  if (refusal) throw refusal;
}

/** The caller, in handlers of routes that need one. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context): Principal => {
  const principal = principals.get(context.switchToHttp().getRequest<CallerRequest>().raw);
  if (!principal) throw new Error('a public route has no principal to ask for');
  return principal;
});
