import { KnownRoutes } from './known-routes.js';

describe('the methods of a path', () => {
  const known = new KnownRoutes();
  known.add('/v1/things', ['GET', 'HEAD']);
  known.add('/v1/things', ['POST']);
  known.add('/v1/things/:id', ['DELETE']);
  known.add('/v1/things/import', ['POST']);
  known.add('/docs/*', ['GET']);
  known.add('/openapi.json', ['GET']);

  it.each([
    ['/v1/things', ['GET', 'HEAD', 'POST']],
    ['/v1/things/abc', ['DELETE']],
    ['/v1/things/import', ['DELETE', 'POST']],
    ['/docs/a/b', ['GET']],
    ['/openapi.json', ['GET']],
    ['/openapiXjson', []],
    ['/v1/things/', []],
    ['/v1/things/a/b', []],
    ['/v1', []],
    ['/', []],
  ])('%s', (path, methods) => {
    expect(known.methodsOf(path)).toEqual(methods);
  });
});
