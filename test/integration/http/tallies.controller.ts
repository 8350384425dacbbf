import { createHash, randomBytes } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Controller } from '@nestjs/common';
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { Database } from '../../../src/platform/database.js';
import { DatabaseError } from '../../../src/platform/database-error.js';
import { errorKinds, TenantryError } from '../../../src/platform/errors.js';
import { assertIfMatch, etagOfVersion, ifMatch } from '../../../src/platform/http/etag.js';
import { type AnswerOf, type InputOf, answer, defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { remembered } from '../../../src/platform/idempotency/remembered.js';
import { newId } from '../../../src/platform/ids.js';
import { currentContext, runBeyondRequest } from '../../../src/platform/request-context.js';

/** Lets in whoever says who they are. */
export class SaysWho implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    const running = currentContext();
    if (running === undefined || headers['x-actor'] === undefined)
      throw new TenantryError('unauthenticated', 'unauthenticated', 'Who are you?');
    running.actor = headers['x-actor'];
    return true;
  }
}

const tallyRow = z.object({ name: z.string(), n: z.number(), row_version: z.number() });
const tally = z.object({ name: z.string(), n: z.number(), etag: z.string(), id: z.string() });
const params = z.strictObject({ name: z.string().min(1).max(40) });
const access = { scope: 'admin:write', of: 'platform' } as const;
const common = { tag: 'tallies', summary: 'A tally', access } as const;
const gone = { 204: { description: 'Done.' } } as const;
const one = { description: 'The tally.', schema: tally };

const addRoute = defineRoute({
  ...common,
  name: 'addToTally',
  method: 'POST',
  path: '/v1/tallies',
  query: z.strictObject({ note: z.string().optional() }),
  body: z.strictObject({ name: z.string().min(1).max(40), n: z.number().int() }),
  answers: { 201: { ...one, headers: { Location: 'Where it is.' } } },
});
const renameRoute = defineRoute({
  ...common,
  name: 'renameTally',
  method: 'PATCH',
  path: '/v1/tallies/{name}',
  params,
  headers: z.object(ifMatch),
  body: z.strictObject({ names: z.array(z.string()).min(1) }),
  answers: { 200: one },
});
const deleteRoute = defineRoute({
  ...common,
  name: 'deleteTally',
  method: 'DELETE',
  path: '/v1/tallies/{name}',
  params,
  answers: gone,
});
const failRoute = defineRoute({
  ...common,
  name: 'failTally',
  method: 'POST',
  path: '/v1/tallies/{name}/fail',
  params,
  body: z.strictObject({ kind: z.enum(errorKinds), after: z.boolean() }),
  answers: gone,
});
const keyRoute = defineRoute({
  ...common,
  name: 'makeTallyKey',
  method: 'POST',
  path: '/v1/tallies/{name}/key',
  params,
  answers: { 201: { description: 'Shown once.', schema: z.object({ secret: z.string() }) } },
});
const lateRoute = defineRoute({
  ...common,
  name: 'addLate',
  method: 'POST',
  path: '/v1/tallies/{name}/late',
  params,
  answers: { 202: { description: 'Soon.' } },
});
const peekRoute = defineRoute({
  ...common,
  name: 'peekTally',
  method: 'POST',
  path: '/v1/tallies/{name}/peek',
  idempotency: 'none',
  params,
  answers: { 200: { description: 'How much.', schema: z.object({ n: z.number() }) } },
});
const largeRoute = defineRoute({
  ...common,
  name: 'largeTally',
  method: 'POST',
  path: '/v1/tallies/{name}/large',
  params,
  answers: { 200: { description: 'Much.', schema: z.object({ n: z.number(), text: z.string() }) } },
});

/** Writes with one change, with several, with none, and with what is not in the database. */
@Controller()
export class TalliesController {
  /** Work that goes on when its request has been answered. */
  readonly late: Promise<unknown>[] = [];
  /** What a test lets handlers of `late` wait for. */
  gate: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  @Route(addRoute)
  async add({ body }: InputOf<typeof addRoute>): Promise<AnswerOf<typeof addRoute>> {
    const id = newId();
    return answer(201, shown(await this.plus(body.name, body.n), id), { location: `/v1/tallies/${body.name}` });
  }

  @Route(renameRoute)
  async rename({
    params: { name },
    headers,
    body,
  }: InputOf<typeof renameRoute>): Promise<AnswerOf<typeof renameRoute>> {
    const id = newId();
    const row = await this.find(name);
    assertIfMatch(headers['if-match'], etagOfVersion(row.row_version));
    for (const to of body.names) {
      const renamed = await this.call('tally_rename', { p_name: name, p_to: to }).catch((error: unknown) => {
        if (error instanceof DatabaseError && error.hint === 'name_taken') return undefined;
        throw error;
      });
      if (renamed !== undefined) return shown(renamed, id);
    }
    throw new TenantryError('conflict', 'name_taken', 'All of these names are taken.');
  }

  @Route(deleteRoute)
  async delete({ params: { name } }: InputOf<typeof deleteRoute>): Promise<AnswerOf<typeof deleteRoute>> {
    await this.find(name);
    await this.call('tally_delete', { p_name: name });
    return undefined;
  }

  @Route(failRoute)
  async fail({ params: { name }, body }: InputOf<typeof failRoute>): Promise<AnswerOf<typeof failRoute>> {
    if (body.after) await this.plus(name, 1);
    throw new TenantryError(body.kind, 'failed', 'It failed.');
  }

  @Route(keyRoute)
  async key({ params: { name } }: InputOf<typeof keyRoute>): Promise<AnswerOf<typeof keyRoute>> {
    const secret = remembered('tally key', () => `canary-${randomBytes(16).toString('hex')}`);
    await this.call('tally_key_create', { p_name: name, p_hash: createHash('sha256').update(secret).digest('hex') });
    return { secret };
  }

  @Route(lateRoute)
  async addLate({ params: { name } }: InputOf<typeof lateRoute>): Promise<AnswerOf<typeof lateRoute>> {
    await this.plus(name, 1);
    // Begun in the request, and asking the database only after it.
    this.late.push(this.gate.then(() => this.plus(name, 10)));
    runBeyondRequest(() => this.late.push(this.plus(name, 100)));
    return undefined;
  }

  @Route(peekRoute)
  async peek({ params: { name } }: InputOf<typeof peekRoute>): Promise<AnswerOf<typeof peekRoute>> {
    return { n: (await this.find(name)).n };
  }

  @Route(largeRoute)
  async large({ params: { name } }: InputOf<typeof largeRoute>): Promise<AnswerOf<typeof largeRoute>> {
    return { n: (await this.plus(name, 1)).n, text: 'x'.repeat(1_100_000) };
  }

  private async plus(name: string, n: number): Promise<z.infer<typeof tallyRow>> {
    return tallyRow.parse(await this.call('tally_add', { p_name: name, p_n: n }));
  }

  private async call(name: string, args: object): Promise<unknown> {
    const calls: { rpc(name: string, args: object): Promise<unknown> } = this.database;
    return calls.rpc(name, args);
  }

  private async find(name: string): Promise<z.infer<typeof tallyRow>> {
    const client: SupabaseClient = this.database.client;
    const rows = await this.database.read(() => client.from('tallies').select('*').eq('name', name).limit(1));
    const [row] = z.array(tallyRow).parse(rows);
    if (row === undefined) throw new TenantryError('not_found', 'tally_not_found', 'There is no such tally.');
    return row;
  }
}

/** With an id that no row knows. */
function shown(row: unknown, id: string): z.infer<typeof tally> {
  const { name, n, row_version } = tallyRow.parse(row);
  return { name, n, etag: etagOfVersion(row_version), id };
}
