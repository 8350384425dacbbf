import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { createParamDecorator, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DeniedAttempts } from '../audit/denied-attempts.service.js';
import type { RouteDefinition } from '../platform/http/route.js';
import { routeMetadata } from '../platform/http/route.decorator.js';
import { currentContext } from '../platform/request-context.js';
import { Authenticator } from './authenticator.service.js';
import type { Principal } from './principal.js';

/** What is needed of a request, whichever server it came through. */
interface CallerRequest {
  readonly raw: object;
  readonly headers: { readonly authorization?: string | undefined };
  readonly ip: string;
}

const principals = new WeakMap<object, Principal>();

/** Lets nobody in whom the authenticator does not know, but for routes whose definition says `access: 'public'`. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly logger = new Logger(AuthGuard.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly denied: DeniedAttempts,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    if (route?.access === 'public') return true;
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const principal = await this.identify(request, route);
    principals.set(request.raw, principal);
    const running = currentContext();
    if (running) running.actor = principal.id;
    return true;
  }

  private async identify(request: CallerRequest, route: RouteDefinition | undefined): Promise<Principal> {
    const { authorization } = request.headers;
    try {
      return this.authenticator.authenticate(authorization);
    } catch (error) {
      // Callers without any key are noise; a key that is wrong may be a guess. The key itself is never logged.
      if (authorization !== undefined) {
        this.logger.warn({ message: 'a caller was refused', remote: request.ip });
        await this.denied.record({ action: route?.name ?? 'undefinedRoute', reason: 'unauthenticated' });
      }
      throw error;
    }
  }
}

/** The caller, in handlers of routes that need one. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context): Principal => {
  const principal = principals.get(context.switchToHttp().getRequest<CallerRequest>().raw);
  if (!principal) throw new Error('a public route has no principal to ask for');
  return principal;
});
