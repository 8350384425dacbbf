import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import { assertIfMatch, etagOfVersion } from '../../platform/http/etag.js';
import { remembered } from '../../platform/idempotency/remembered.js';
import { newId } from '../../platform/ids.js';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import type { Reach } from '../../platform/reach.js';
import { AuthConfig } from '../auth.config.js';
import { Credentials } from '../credentials/credentials.service.js';
import type { Principal } from '../principal.js';
import type { ApiKey, MadeApiKey, NewApiKey, Rotation } from './api-key.js';
import { type ApiKeyRow, ApiKeysStore, type KeyToWrite, toApiKey } from './api-keys.store.js';
import { assertGrantable, keyNotFound, rotatedExpiry } from './key-rules.js';
import { withinLimits } from './grants.js';
import { newKeyText, shownPrefix } from './key-text.js';

/** Makes, shows, replaces and revokes API keys. Nobody gives what they do not have. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly store: ApiKeysStore,
    private readonly credentials: Credentials,
    private readonly lookups: OwnerLookups,
    private readonly clock: Clock,
    private readonly config: AuthConfig,
  ) {}

  /** @throws TenantryError `forbidden` for scopes or limits beyond the caller's; `tenant_not_found`, `too_many_api_keys` */
  async create(wanted: NewApiKey, principal: Principal, reach: Reach, context: ChangeContext): Promise<MadeApiKey> {
    const tenantId = await this.tenantOf(wanted.tenant, reach);
    const limits = withinLimits(principal, {
      ...(wanted.expires_at === undefined ? {} : { expiresAt: momentOf(wanted.expires_at) }),
      ...(wanted.rate_limit_per_minute === undefined ? {} : { rateLimitPerMinute: wanted.rate_limit_per_minute }),
    });
    assertGrantable(principal, tenantId, wanted.scopes, limits, this.clock.now());
    const { text, written } = this.draw(limits.expiresAt);
    const { name, scopes } = wanted;
    const rest = { tenant_id: tenantId, name, scopes, rate_limit_per_minute: limits.rateLimitPerMinute };
    const created = await this.store.create({ ...written, ...rest }, context);
    if (created.outcome === 'tenant_not_found') throw this.lookups.of('tenant').notFound();
    if (created.outcome === 'too_many') throw tooMany(created.limit);
    return { ...toApiKey(created.key, this.clock.now()), key: text };
  }

  /** @throws TenantryError `api_key_not_found` */
  async get(id: string): Promise<ApiKey> {
    return toApiKey(await this.row(id), this.clock.now());
  }

  /** By id, after the given one. @param tenant only this tenant's, by id or slug; @throws TenantryError `tenant_not_found` */
  async list(reach: Reach, tenant: string | undefined, limit: number, after: string | undefined): Promise<ApiKey[]> {
    const ids = await this.tenantIds(reach, tenant);
    const now = this.clock.now();
    return (await this.store.list(ids, limit, after)).map((row) => toApiKey(row, now));
  }

  /**
   * A key in place of another, which holds for the overlap.
   * @throws TenantryError `forbidden` where the key can do more than the caller; `api_key_not_active`, `api_key_rotated`, `too_many_api_keys`
   */
  async rotate(
    id: string,
    wanted: Rotation,
    principal: Principal,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<MadeApiKey> {
    const old = await this.row(id);
    const now = this.clock.now();
    const expiresAt = rotatedExpiry(old, wanted.expires_at, principal, now);
    const limits = { expiresAt, rateLimitPerMinute: old.rate_limit_per_minute };
    assertGrantable(principal, old.tenant_id, toApiKey(old, now).scopes, limits, now);
    const { text, written } = this.draw(expiresAt);
    const version = versionToMatch(old, ifMatch);
    const rotated = await this.store.rotate(id, written, wanted.overlap_seconds, version, context);
    switch (rotated.outcome) {
      case 'rotated_now':
        this.credentials.keyChanged(id);
        return { ...toApiKey(rotated.key, this.clock.now()), key: text };
      case 'not_active':
        throw new TenantryError('conflict', 'api_key_not_active', 'The key holds no longer: make a new one.');
      case 'rotated':
        throw new TenantryError('conflict', 'api_key_rotated', 'Another key is in place of this one already.');
      case 'too_many':
        throw tooMany(rotated.limit);
      case 'stale':
        throw stale();
      case 'not_found':
        throw keyNotFound();
    }
  }

  /** From the moment this returns the key is refused here, and cannot change anything anywhere; a second later it is refused everywhere. */
  async revoke(id: string, ifMatch: string | undefined, context: ChangeContext): Promise<void> {
    const row = await this.row(id);
    const revoked = await this.store.revoke(id, versionToMatch(row, ifMatch), context);
    if (revoked.outcome === 'stale') throw stale();
    if (revoked.outcome === 'not_found') throw keyNotFound();
    this.credentials.keyChanged(id);
  }

  private async row(id: string): Promise<ApiKeyRow> {
    const row = await this.store.find(id);
    if (row === undefined) throw keyNotFound();
    return row;
  }

  private draw(expiresAt: Date | null): { text: string; written: KeyToWrite } {
    // Whoever asks again after a lost answer gets the key whose hash was written.
    const text = remembered('api key', () => newKeyText(this.config.environment));
    const digest = hash('sha256', text, 'hex');
    const expires_at = expiresAt?.toISOString() ?? null;
    return { text, written: { id: newId(), prefix: shownPrefix(text), hash: digest, expires_at } };
  }

  /** Whose the new key is; null: an operator's. */
  private async tenantOf(idOrSlug: string | undefined, reach: Reach): Promise<string | null> {
    if (idOrSlug !== undefined) return this.tenant(idOrSlug, reach);
    if (reach === 'all') return null;
    const [only, ...others] = reach;
    if (only !== undefined && others.length === 0) return only.id;
    throw faulty([{ pointer: '/tenant', message: 'is required: you belong to several tenants' }]);
  }

  private async tenantIds(reach: Reach, tenant: string | undefined): Promise<string[] | undefined> {
    if (tenant !== undefined) return [await this.tenant(tenant, reach)];
    return reach === 'all' ? undefined : reach.map(({ id }) => id);
  }

  private async tenant(idOrSlug: string, reach: Reach): Promise<string> {
    const lookup = this.lookups.of('tenant');
    const id = await lookup.find(idOrSlug, reach);
    if (id === undefined) throw lookup.notFound();
    return id;
  }
}

function momentOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** The version that the write itself must still find, so that nothing slips in between the check and the write. */
function versionToMatch(row: ApiKeyRow, ifMatch: string | undefined): number | null {
  if (ifMatch === undefined) return null;
  assertIfMatch(ifMatch, etagOfVersion(row.row_version));
  return row.row_version;
}

function stale(): TenantryError {
  return new TenantryError('precondition_failed', 'precondition_failed', 'The key was changed since it was read.');
}

function faulty(faults: InputFault[]): TenantryError {
  return new TenantryError('invalid', 'validation_failed', 'The request has a fault.', { faults });
}

function tooMany(limit: number): TenantryError {
  const message = `The tenant has ${limit} keys that hold; revoke one that is not needed.`;
  return new TenantryError('conflict', 'too_many_api_keys', message, { members: { limit } });
}
