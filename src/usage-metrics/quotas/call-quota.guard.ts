import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { TenantryError } from '../../platform/errors.js';
import type { RouteDefinition } from '../../platform/http/route.js';
import { routeMetadata } from '../../platform/http/route.decorator.js';
import { currentContext } from '../../platform/request-context.js';
import { CallAllowances } from './call-allowances.service.js';

/**
 * Refuses the calls of a tenant's keys and users beyond its `api_calls`. A call about several tenants counts for none of them, and what
 * reports usage is always let in: a limit must not make usage go uncounted.
 */
@Injectable()
export class CallQuotaGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly allowances: CallAllowances,
  ) {}

  /** Runs after the guard of `auth`, which has said whose things the caller may see. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const reach = currentContext()?.reach;
    if (reach === undefined || reach === 'all') return true;
    const [tenant, ...others] = reach;
    if (tenant === undefined || others.length > 0) return true;
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    if (route === undefined || route.access === 'public' || route.access.staleSeconds !== undefined) return true;
    const refusal = this.allowances.take(tenant.id);
    return refusal instanceof Promise ? refusal.then(heed) : heed(refusal);
  }
}

function heed(refusal: TenantryError | undefined): true {
  if (refusal) throw refusal;
  return true;
}
