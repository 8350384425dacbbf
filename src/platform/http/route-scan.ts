import { MetadataScanner, type ModulesContainer, Reflector } from '@nestjs/core';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { routeMetadata } from './route.decorator.js';
import type { RouteDefinition } from './route.js';

/** A method of a controller that requests reach. `route` is absent where it was written without `@Route`. */
export interface RouteHandler {
  /** `TenantsController.list` */
  readonly name: string;
  readonly route: RouteDefinition | undefined;
}

/** @throws Error when two routes have one operationId. */
export function routesOf(modules: ModulesContainer): RouteDefinition[] {
  const routes = handlersOf(modules).flatMap(({ route }) => (route ? [route] : []));
  const names = routes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two routes are called ${twice}`);
  return routes;
}

/** Everything of the application that Nest routes requests to. */
export function handlersOf(modules: ModulesContainer): RouteHandler[] {
  const controllers = new Set(
    [...modules.values()].flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype)),
  );
  return [...controllers].flatMap((controller) => (controller ? handlersOfController(controller) : []));
}

const scanner = new MetadataScanner();
const reflector = new Reflector();

function handlersOfController(controller: { name: string; prototype: object }): RouteHandler[] {
  return scanner.getAllMethodNames(controller.prototype).flatMap((method) => {
    const handler: unknown = Reflect.get(controller.prototype, method);
    if (typeof handler !== 'function' || !reflector.get<unknown>(PATH_METADATA, handler)) return [];
    const route = reflector.get<RouteDefinition | undefined>(routeMetadata, handler);
    return [{ name: `${controller.name}.${method}`, route }];
  });
}
