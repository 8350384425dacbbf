import {
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { takesIdempotencyKey } from '../idempotency/idempotency-key.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { inputOf } from './route-input.js';
import type { AnswerOf, InputOf, RouteDefinition } from './route.js';
import { routerPath, statusesOf } from './route.js';

export const routeMetadata = 'tenantry:route';

/** The first argument of every handler, so no route can forget to ask for its input. */
const FirstArgument = createParamDecorator((_: unknown, context) =>
  inputOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

type Handler<R extends RouteDefinition> = (input: InputOf<R>, ...others: never[]) => Promise<AnswerOf<R>> | AnswerOf<R>;

/**
 * Makes a controller's method the handler of a route. The method gets the parsed `InputOf<typeof route>` as its first
 * argument, without a decorator of its own; others follow with theirs. What it returns is checked against the route's
 * answers when it is compiled, and in tests when it runs.
 */
export function Route<R extends RouteDefinition>(route: R) {
  const [status = 200] = statusesOf(route);
  return <F extends Handler<R>>(
    controller: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void => {
    FirstArgument()(controller, method, 0);
    for (const decorate of [
      RequestMapping({ path: routerPath(route), method: RequestMethod[route.method] }),
      HttpCode(status),
      SetMetadata(routeMetadata, route),
      RouteConfig({ route }),
      ...(takesIdempotencyKey(route) ? [UseInterceptors(IdempotencyInterceptor)] : []),
    ]) {
      decorate(controller, method, descriptor);
    }
  };
}
