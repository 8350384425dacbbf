import type { INestApplication } from '@nestjs/common';
import { Controller } from '@nestjs/common';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { z } from 'zod';
import { version } from '../version.js';
import type { OpenApiDocument } from './openapi.js';
import { describeRoutes } from './openapi.js';
import { Route, routeMetadata } from './route.decorator.js';
import type { AnswerOf, RouteDefinition } from './route.js';
import { defineRoute } from './route.js';

const openapi = defineRoute({
  name: 'openapi',
  method: 'GET',
  path: '/openapi.json',
  tag: 'reference',
  summary: 'This document',
  access: 'public',
  answers: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
});

const info = {
  title: 'Tenantry',
  version,
  description: 'The control plane for single-tenant SaaS. What is not in this document does not exist.',
};

@Controller()
export class OpenApiController {
  private document: OpenApiDocument | undefined;

  constructor(private readonly modules: ModulesContainer) {}

  @Route(openapi)
  read(): AnswerOf<typeof openapi> {
    this.document ??= describeRoutes(routesOf(this.modules), info);
    return this.document;
  }
}

/** The document of a made application, as `/openapi.json` answers it. The application need not listen. */
export function buildOpenApi(app: INestApplication): OpenApiDocument {
  return describeRoutes(routesOf(app.get(ModulesContainer)), info);
}

/** @throws Error when two routes have one operationId. */
function routesOf(modules: ModulesContainer): RouteDefinition[] {
  const controllers = new Set(
    [...modules.values()].flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype)),
  );
  const routes = [...controllers].flatMap((controller) => (controller ? routesOfController(controller) : []));
  const names = routes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two routes are called ${twice}`);
  return routes;
}

const scanner = new MetadataScanner();
const reflector = new Reflector();

function routesOfController(controller: { prototype: object }): RouteDefinition[] {
  return scanner.getAllMethodNames(controller.prototype).flatMap((name) => {
    const method: unknown = Reflect.get(controller.prototype, name);
    if (typeof method !== 'function') return [];
    const route = reflector.get<RouteDefinition | undefined>(routeMetadata, method);
    return route ? [route] : [];
  });
}
