import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { isThingAccess } from '../../platform/http/access.js';
import { handlersOf, type RouteHandler } from '../../platform/http/route-scan.js';
import { OwnerLookups } from '../../platform/owner-lookups.js';

/** Lets no application start that has a route which does not say who may call it, or hangs on an owner that nobody can tell. */
@Injectable()
export class AccessDeclarations implements OnApplicationBootstrap {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly lookups: OwnerLookups,
  ) {}

  /** @throws Error with every route that is wrong. By now every room has said whose its things are. */
  onApplicationBootstrap(): void {
    const faults = handlersOf(this.modules).flatMap((handler) => this.faultOf(handler) ?? []);
    if (faults.length > 0) throw new Error(`routes that must not be served:\n${faults.join('\n')}`);
  }

  private faultOf({ name, route }: RouteHandler): string | undefined {
    if (!isDeclared(route)) return `${name} does not declare its access`;
    const { access } = route;
    if (access === 'public' || !isThingAccess(access) || this.lookups.has(access.of)) return undefined;
    return `${name} is about a thing of kind ${access.of}, and no room says whose those are`;
  }
}

/** The type says that access is always there; what a module is made of at run time need not have been checked by it. */
function isDeclared(route: RouteHandler['route']): route is NonNullable<typeof route> {
  return route !== undefined && Reflect.get(route, 'access') !== undefined;
}
