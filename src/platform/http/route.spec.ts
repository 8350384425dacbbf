import { z } from 'zod';
import type { AnswerOf, InputOf } from './route.js';
import { Answer, answer, defineRoute, routerPath, statusesOf } from './route.js';

const common = { name: 'x', method: 'GET', tag: 't', summary: 's', access: 'public' } as const;
const answers = { 200: { description: 'ok', schema: z.object({ n: z.number() }) } };

describe('defining a route', () => {
  it.each(['/v1/{a}', '/v1/{a}/{b}/{c}', '/v1'] as const)('refuses params that differ from the path %s', (path) => {
    const params = z.strictObject({ a: z.string(), b: z.string() });
    expect(() => defineRoute({ ...common, path, params, answers })).toThrow(
      /route x: the path names .*, params {a, b}/,
    );
  });

  it('refuses a path with names but no params', () => {
    expect(() => defineRoute({ ...common, path: '/v1/{a}', answers })).toThrow('the path names {a}, params {}');
  });

  it('refuses access that hangs on a name which the path does not have', () => {
    const params = z.strictObject({ a: z.string() });
    const of = (param: string) =>
      defineRoute({
        ...common,
        access: { scope: 'instances:read', of: 'instance', param },
        path: '/v1/{a}',
        params,
        answers,
      });
    expect(() => of('b')).toThrow('route x: access hangs on {b}, which the path does not have');
    expect(of('a').access).toEqual({ scope: 'instances:read', of: 'instance', param: 'a' });
  });

  it('writes the path for the router', () => {
    const params = z.strictObject({ b: z.string(), a: z.string() });
    expect(routerPath(defineRoute({ ...common, path: '/v1/{a}/x/{b}', params, answers }))).toBe('/v1/:a/x/:b');
  });

  it('answers with the lowest status unless told otherwise', () => {
    const schema = z.object({});
    const route = defineRoute({
      ...common,
      path: '/v1',
      answers: { 202: { description: 'later', schema }, 200: { description: 'now', schema } },
    });
    expect(statusesOf(route)).toEqual([200, 202]);
  });
});

describe('the types of a route', () => {
  const one = defineRoute({ ...common, path: '/v1', query: z.strictObject({ q: z.coerce.number() }), answers });
  const two = defineRoute({
    ...common,
    path: '/v1',
    body: z.string(),
    answers: { 200: answers[200], 204: { description: 'none' } },
  });

  it('give the handler what was parsed', () => {
    const input: InputOf<typeof one> = { params: undefined, query: { q: 1 }, headers: undefined, body: undefined };
    expect(input.query.q).toBe(1);
  });

  it('let a route with one answer return its body, and one with several say which', () => {
    const bare: AnswerOf<typeof one> = { n: 1 };
    const told: AnswerOf<typeof one> = answer(200, { n: 1 });
    const either: AnswerOf<typeof two>[] = [answer(200, { n: 1 }), answer(204, undefined)];
    // @ts-expect-error which of the two answers is meant cannot be told from a bare body
    const unclear: AnswerOf<typeof two> = { n: 1 };
    // @ts-expect-error the route does not promise this status
    const foreign: AnswerOf<typeof one> = answer(201, { n: 1 });
    // @ts-expect-error the route promises a number
    const wrong: AnswerOf<typeof one> = { n: 'x' };
    expect([bare, told, ...either, unclear, foreign, wrong]).toHaveLength(7);
  });

  it('an answer carries status, body and headers', () => {
    expect(answer(201, 'x', { location: '/y' })).toEqual(new Answer(201, 'x', { location: '/y' }));
    expect(answer(204, undefined).headers).toEqual({});
  });
});
