import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';
import { type AuditFilter, beginsWith } from './audit-filter.js';
import { chainHead, type ChainHead, checkpoint, type Checkpoint } from './checkpoint.js';
import { globalChain, trailEntry, type TrailEntry } from './trail-entry.js';

const columns =
  'id, time, actor, credential, address, request_id, action, resource_type, resource_id, tenant_id, before, after, expired_at, chain, seq, nonce, digest, prev_hash, hash';
const row = trailEntry.omit({ at: true }).extend({ time: z.string() });
const checkpointColumns = 'number, at, prev_hash, heads, key_id, signature, hash';
const signingKeyRow = z.object({ key_id: z.string(), public_key: z.string() });
export type SigningKeyRow = z.infer<typeof signingKeyRow>;

/** Every read of the trail. */
@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  /** Newest first, before the given id. */
  async page(filter: AuditFilter, limit: number, before: number | undefined): Promise<TrailEntry[]> {
    const rows = await this.database.read((client) => {
      let query = client.from('audit_entries').select(columns).order('id', { ascending: false }).limit(limit);
      for (const name of ['tenant_id', 'actor', 'credential', 'resource_type', 'resource_id'] as const) {
        const value = filter[name];
        if (value !== undefined) query = query.eq(name, value);
      }
      if (filter.action !== undefined) query = query.like('action', beginsWith(filter.action));
      if (filter.from !== undefined) query = query.gte('at', filter.from);
      if (filter.to !== undefined) query = query.lt('at', filter.to);
      return before === undefined ? query : query.lt('id', before);
    });
    return entriesOf(rows);
  }

  /** The rows of a chain after one place in it and up to another, in the chain's order. */
  async chain(chain: string, after: number, upTo: number, limit: number): Promise<TrailEntry[]> {
    const rows = await this.database.read((client) =>
      client
        .from('audit_entries')
        .select(columns)
        .eq('chain', chain)
        .gt('seq', after)
        .lte('seq', upTo)
        .order('seq')
        .limit(limit),
    );
    return entriesOf(rows);
  }

  /** The heads of all chains, by the name of the chain, after the given one. */
  async heads(after: string, limit: number): Promise<ChainHead[]> {
    const rows = await this.database.read((client) =>
      client.from('audit_heads').select('chain, seq, hash').gt('chain', after).order('chain').limit(limit),
    );
    return z.array(chainHead).parse(rows);
  }

  async head(chain: string): Promise<ChainHead | undefined> {
    const rows = await this.database.read((client) =>
      client.from('audit_heads').select('chain, seq, hash').eq('chain', chain).limit(1),
    );
    return z.array(chainHead).parse(rows)[0];
  }

  /** The newest checkpoint that the global chain knows of at one of its places; 0 where it knows of none. */
  async checkpointsTold(upTo: number): Promise<number> {
    const rows = await this.database.read((client) =>
      client
        .from('audit_entries')
        .select('resource_id')
        .eq('chain', globalChain)
        .eq('action', 'audit.checkpoint')
        .lte('seq', upTo)
        .order('seq', { ascending: false })
        .limit(1),
    );
    return z.array(z.object({ resource_id: z.coerce.number() })).parse(rows)[0]?.resource_id ?? 0;
  }

  /** Checkpoints by number, after one and up to another. */
  async checkpoints(after: number, upTo: number, limit: number): Promise<Checkpoint[]> {
    const rows = await this.database.read((client) =>
      client
        .from('audit_checkpoint_rows')
        .select(checkpointColumns)
        .gt('number', after)
        .lte('number', upTo)
        .order('number')
        .limit(limit),
    );
    return z.array(checkpoint).parse(rows);
  }

  /** The public halves of all keys that ever signed, oldest first. */
  async signingKeys(): Promise<SigningKeyRow[]> {
    const rows = await this.database.read((client) =>
      client.from('audit_signing_keys').select('key_id, public_key').order('created_at').order('key_id'),
    );
    return z.array(signingKeyRow).parse(rows);
  }
}

function entriesOf(rows: unknown): TrailEntry[] {
  return z
    .array(row)
    .parse(rows)
    .map(({ time, ...rest }) => ({ at: time, ...rest }));
}
