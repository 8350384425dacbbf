import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { ProblemFilter } from './problem.filter.js';

const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Tenantry API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <noscript>The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <main id="reference"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// A file of its own, for the content security policy lets nothing inline run.
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  validatorUrl: null,
});
`;

/** The readable reference at `/docs`: swagger-ui from this machine, nothing from elsewhere. Needs no caller. */
export async function addDocsPage(fastify: FastifyInstance, problems: ProblemFilter): Promise<void> {
  await fastify.register(async (scope) => {
    // Nest never sees these routes, nor what fails before them.
    scope.setErrorHandler((error, request, reply) => problems.answer(error, request, reply));
    scope.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
    scope.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(start));
    await scope.register(fastifyStatic, {
      root: dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')),
      prefix: '/docs/',
      decorateReply: false,
      allowedPath: (path) => assets.includes(path.replace(/^\//, '')),
      maxAge: 3_600_000,
    });
  });
}
