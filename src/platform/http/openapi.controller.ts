import type { INestApplication } from '@nestjs/common';
import { Controller } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { z } from 'zod';
import { version } from '../version.js';
import type { OpenApiDocument } from './openapi.js';
import { describeRoutes } from './openapi.js';
import { Route } from './route.decorator.js';
import type { AnswerOf } from './route.js';
import { defineRoute } from './route.js';
import { routesOf } from './route-scan.js';

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
