import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { createParamDecorator, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TenantryError } from '../platform/errors.js';
import type { Admission } from '../platform/http/doorkeeper.js';
import type { Access } from '../platform/http/access.js';
import { hasFaultyParams } from '../platform/http/parse-input.js';
import type { RouteDefinition } from '../platform/http/route.js';
import { routeMetadata } from '../platform/http/route.decorator.js';
import { OwnerLookups } from '../platform/owner-lookups.js';
import type { Reach } from '../platform/reach.js';
import { currentContext } from '../platform/request-context.js';
import { beyond } from './api-keys/grants.js';
import { scopesOfRole } from './access/tenant-scopes.js';
import { judge, judgeOwned, type Verdict } from './access/judge.js';
import { Owners } from './access/owners.service.js';
import { Authenticator } from './authenticator.service.js';
import { Callers, type CallerRequest, type Visit } from './callers.service.js';
import type { Principal } from './principal.js';
import { type CallerReply, heed } from './rate-limits/heed.js';
import { RequestLimits } from './rate-limits/request-limits.service.js';
import { Refusals } from './refusals.service.js';
import { keepPrincipal, principalOf } from './request-principal.js';

const unlimited: Admission = { headers: {} };

type OwnerDecides = Extract<Verdict, { state: 'owner_decides' }>;

/** Lets in whom the declaration of the route allows, no more often than their limit, and nobody where there is none. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly logger = new Logger(AuthGuard.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly authenticator: Authenticator,
    private readonly owners: Owners,
    private readonly lookups: OwnerLookups,
    private readonly refusals: Refusals,
    private readonly limits: RequestLimits,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    const access: Access | undefined = route?.access;
    if (route === undefined || access === undefined) throw undeclared();
    if (access === 'public') return true;
    const http = context.switchToHttp();
    const visit = { request: http.getRequest<CallerRequest>(), reply: http.getResponse<CallerReply>(), route, access };
    const principal = this.callers.identify(visit);
    return principal instanceof Promise
      ? principal.then((known) => this.count(known, visit))
      : this.count(principal, visit);
  }

  /** Before it is known whether they may: what is refused counts too. */
  private count(principal: Principal, visit: Visit): boolean | Promise<boolean> {
    keepPrincipal(visit.request, principal);
    const running = currentContext();
    if (running) {
      running.lackingForRole = (tenantId, role) => beyond(principal, tenantId, scopesOfRole[role]);
      running.stillAllowed = () => this.stillAllowed(visit);
      running.actor = principal.id;
      if (principal.credential !== undefined) running.credential = principal.credential;
      if (principal.kind === 'user') running.member = principal.userId;
    }
    const proceed = (admission: Admission): boolean | Promise<boolean> => {
      heed(admission, visit.reply);
      return this.authorize(principal, visit);
    };
    const limitedByRoute = visit.route.limits === 'own' && principal.rateLimitPerMinute === null;
    const admission = limitedByRoute ? unlimited : this.limits.caller(principal);
    return admission instanceof Promise ? admission.then(proceed) : proceed(admission);
  }

  private authorize(principal: Principal, { request, route, access }: Visit): boolean | Promise<boolean> {
    const verdict = judge(principal, access);
    if (verdict.state === 'refused') return this.refusals.caller(verdict.error, principal, route.name);
    if (verdict.state === 'allowed') return admit(verdict.reach);
    return this.authorizeByOwner(verdict, principal, request, route);
  }

  /** As of now, for an answer that is still being given; a doubt is a no, for whoever is cut off may come again. */
  private async stillAllowed({ request, route, access }: Visit): Promise<boolean> {
    try {
      const principal = await this.authenticator.authenticate(request.headers.authorization, access.staleSeconds);
      const verdict = judge(principal, access);
      if (verdict.state !== 'owner_decides') return verdict.state === 'allowed';
      const { of, param } = verdict.access;
      const tenants = verdict.grants.map(({ tenant }) => tenant);
      const owner = await this.owners.find(of, nameIn(request.params, param), tenants);
      return owner !== undefined && !(ownerDecision(verdict, owner) instanceof TenantryError);
    } catch (error) {
      this.logger.debug({
        message: 'an answer ends: its caller is not let in any more',
        route: route.name,
        err: error,
      });
      return false;
    }
  }

  private authorizeByOwner(
    verdict: OwnerDecides,
    principal: Principal,
    request: CallerRequest,
    route: RouteDefinition,
  ): boolean | Promise<boolean> {
    const { of, param } = verdict.access;
    const name = nameIn(request.params, param);
    const tenants = verdict.grants.map(({ tenant }) => tenant);
    const owner = this.owners.recall(of, name, tenants);
    const decide = (found: string | undefined): boolean | Promise<never> => {
      const decision = found === undefined ? this.lookups.of(of).notFound() : ownerDecision(verdict, found);
      if (!(decision instanceof TenantryError)) return admit(decision);
      return this.refusals.caller(decision, principal, route.name, { type: of, id: name });
    };
    if (owner !== undefined) return decide(owner);
    // What is not even well-formed names nothing: it is refused with every other fault of the request, before any handler.
    if (hasFaultyParams(route, request.params)) return admit([]);
    return this.owners.find(of, name, tenants).then(decide);
  }
}

function ownerDecision({ access, grants }: OwnerDecides, owner: string): Reach | TenantryError {
  const verdict = judgeOwned(grants, owner, access.scope);
  return verdict.state === 'refused' ? verdict.error : verdict.reach;
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
