import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { createParamDecorator, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TenantryError } from '../platform/errors.js';
import type { Access } from '../platform/http/access.js';
import { hasFaultyParams } from '../platform/http/parse-input.js';
import type { RouteDefinition } from '../platform/http/route.js';
import { routeMetadata } from '../platform/http/route.decorator.js';
import { OwnerLookups } from '../platform/owner-lookups.js';
import type { Reach, TenantRef } from '../platform/reach.js';
import { currentContext } from '../platform/request-context.js';
import { judge, judgeOwned, type Verdict } from './access/judge.js';
import { Owners } from './access/owners.service.js';
import { Authenticator } from './authenticator.service.js';
import type { Principal } from './principal.js';
import { keepPrincipal, principalOf } from './request-principal.js';

/** What is needed of a request, whichever server it came through. */
interface CallerRequest {
  readonly raw: object;
  readonly headers: { readonly authorization?: string | undefined };
  readonly ip: string;
  readonly params: unknown;
}

type OwnerDecides = Extract<Verdict, { state: 'owner_decides' }>;

/** Lets in whom the declaration of the route allows, and nobody where there is none. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly logger = new Logger(AuthGuard.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly owners: Owners,
    private readonly lookups: OwnerLookups,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    const access: Access | undefined = route?.access;
    if (route === undefined || access === undefined) throw undeclared();
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const principal = this.identify(request, access.staleSeconds);
    if (principal instanceof Promise) return principal.then((known) => this.authorize(known, request, route, access));
    return this.authorize(principal, request, route, access);
  }

  private identify(request: CallerRequest, staleSeconds: number | undefined): Principal | Promise<Principal> {
    const { authorization } = request.headers;
    try {
      const principal = this.authenticator.authenticate(authorization, staleSeconds);
      if (!(principal instanceof Promise)) return principal;
      return principal.catch((error: unknown) => {
        throw this.logged(error, request);
      });
    } catch (error) {
      throw this.logged(error, request);
    }
  }

  /** Callers without any key are noise; a key that is wrong may be a guess. The key itself is never logged. */
  private logged(error: unknown, { headers, ip }: CallerRequest): unknown {
    const wrong = error instanceof TenantryError && error.kind === 'unauthenticated';
    if (wrong && headers.authorization !== undefined) {
      this.logger.warn({ message: 'a caller was refused', remote: ip });
    }
    return error;
  }

  private authorize(
    principal: Principal,
    request: CallerRequest,
    route: RouteDefinition,
    access: Exclude<Access, 'public'>,
  ): boolean | Promise<boolean> {
    keepPrincipal(request, principal);
    const running = currentContext();
    if (running) {
      running.actor = principal.id;
      if (principal.credential !== undefined) running.credential = principal.credential;
    }
    const verdict = judge(principal, access);
    if (verdict.state === 'refused') throw verdict.error;
    if (verdict.state === 'allowed') return admit(verdict.reach);
    const name = nameIn(request.params, verdict.access.param);
    const tenants = verdict.grants.map(({ tenant }) => tenant);
    const owner = this.owners.recall(verdict.access.of, name, tenants);
    if (owner !== undefined) return admitOwner(verdict, owner);
    // What is not even well-formed names nothing: it is refused with every other fault of the request, before any handler.
    if (hasFaultyParams(route, request.params)) return admit([]);
    return this.askOwner(verdict, name, tenants);
  }

  private async askOwner(verdict: OwnerDecides, name: string, tenants: readonly TenantRef[]): Promise<boolean> {
    const { of } = verdict.access;
    const owner = await this.owners.find(of, name, tenants);
    if (owner === undefined) throw this.lookups.of(of).notFound();
    return admitOwner(verdict, owner);
  }
}

function admitOwner({ access, grants }: OwnerDecides, owner: string): true {
  const verdict = judgeOwned(grants, owner, access.scope);
  if (verdict.state === 'refused') throw verdict.error;
  return admit(verdict.reach);
}

function admit(reach: Reach): true {
  const running = currentContext();
  if (running) running.reach = reach;
  return true;
}

function nameIn(params: unknown, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

function undeclared(): TenantryError {
  return new TenantryError('forbidden', 'forbidden', 'This route does not say who may call it.');
}

/** The caller, in handlers of routes that need one. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<CallerRequest>());
  if (!principal) throw new Error('a public route has no principal to ask for');
  return principal;
});
