import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import type { Blueprint, BlueprintSpec } from './blueprint.js';
import { blueprintRow } from './blueprint-row.js';

const publishOutcome = z.object({ outcome: z.enum(['published', 'unchanged']), blueprint: blueprintRow });

/** Every query about blueprints. */
@Injectable()
export class BlueprintsStore {
  constructor(private readonly database: Database) {}

  /** @param unlessSame publish nothing when the newest version already has this digest */
  async publish(
    id: string,
    spec: BlueprintSpec,
    digest: string,
    unlessSame: boolean,
    context: ChangeContext,
  ): Promise<z.infer<typeof publishOutcome>> {
    const answer = await this.database.rpc('blueprint_publish', {
      p_id: id,
      p_name: spec.name,
      p_spec: z.json().parse(spec),
      p_digest: digest,
      p_unless_same: unlessSame,
      p_context: { ...context },
    });
    return publishOutcome.parse(answer);
  }

  /** The given version, or the newest. */
  async find(name: string, version: number | undefined): Promise<Blueprint | undefined> {
    const rows = await this.database.read((client) => {
      const query = client.from('blueprints').select('*').eq('name', name);
      return (version === undefined ? query : query.eq('version', version))
        .order('version', { ascending: false })
        .limit(1);
    });
    return z.array(blueprintRow).parse(rows)[0];
  }

  /** The newest version of each name, by name, after the given one. */
  async listNewest(limit: number, afterName: string | undefined): Promise<Blueprint[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('newest_blueprints').select('*').order('name').limit(limit);
      return afterName === undefined ? query : query.gt('name', afterName);
    });
    return z.array(blueprintRow).parse(rows);
  }
}
