-- API keys, and how replicas hear that a credential is no longer what they remember of it.

create table public.api_keys (
  id uuid primary key,
  -- Null: an operator's key.
  tenant_id uuid references public.tenants (id),
  name text not null,
  -- What may be shown of the key, to tell it from others.
  prefix text not null,
  -- SHA-256 in hex. A key has 178 random bits: guessing is hopeless however fast the hash is.
  hash text not null unique,
  scopes text[] not null,
  rate_limit_per_minute integer check (rate_limit_per_minute > 0),
  expires_at timestamptz,
  revoked_at timestamptz,
  rotated_from uuid references public.api_keys (id),
  created_by text not null,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index api_keys_tenant on public.api_keys (tenant_id, id);
create index api_keys_rotated_from on public.api_keys (rotated_from);
alter table public.api_keys enable row level security;

-- Beside the keys: whoever makes a change holds the row of its key to the end, and must not wait for a note of when it was used.
create table public.api_key_uses (
  key_id uuid primary key references public.api_keys (id) on delete cascade,
  last_used_at timestamptz not null
);
alter table public.api_key_uses enable row level security;

-- What may be shown: everything but the hash.
create view public.api_key_rows with (security_invoker = true) as
  select k.id, k.tenant_id, k.name, k.prefix, k.scopes, k.rate_limit_per_minute, k.expires_at,
    -- The keys of a tenant end with it.
    coalesce(k.revoked_at, t.deleted_at) as revoked_at,
    k.rotated_from, k.created_by, k.row_version, k.created_at, k.updated_at, u.last_used_at
  from public.api_keys k
    left join public.tenants t on t.id = k.tenant_id
    left join public.api_key_uses u on u.key_id = k.id;

create function public.api_key_json(p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(k) from public.api_key_rows k where id = p_id
$$;

-- The newest change of any credential. One row, which a change holds from its commit's start to its end: so versions become visible in
-- their order, and whoever has seen one has seen all before it. A sequence would not give that.
create table public.credential_version (
  is_the_one boolean primary key default true check (is_the_one),
  version bigint not null default 0
);
insert into public.credential_version default values;
alter table public.credential_version enable row level security;

create table public.credential_changes (
  version bigint primary key,
  at timestamptz not null default now(),
  -- What to forget: a key, everything of a tenant, or a user's memberships.
  kind text not null check (kind in ('key', 'tenant', 'user')),
  subject uuid not null
);
create index credential_changes_at on public.credential_changes (at);
alter table public.credential_changes enable row level security;

create function public.note_credential_change(p_kind text, p_subject uuid) returns void language plpgsql set search_path = '' as $$
declare v bigint;
begin
  update public.credential_version set version = version + 1 returning version into v;
  insert into public.credential_changes (version, kind, subject) values (v, p_kind, p_subject);
  -- A replica that asks for older ones forgets everything.
  delete from public.credential_changes where at < now() - interval '1 hour';
end $$;

create function public.api_key_changed() returns trigger language plpgsql set search_path = '' as $$
begin
  perform public.note_credential_change('key', new.id);
  return null;
end $$;
create function public.tenant_ended() returns trigger language plpgsql set search_path = '' as $$
begin
  perform public.note_credential_change('tenant', new.id);
  return null;
end $$;
-- Deferred, so that the one row is the last that a transaction locks: no two of them wait for each other.
create constraint trigger api_keys_are_remembered after update on public.api_keys deferrable initially deferred
  for each row execute function public.api_key_changed();
create constraint trigger tenants_are_remembered after update of deleted_at on public.tenants deferrable initially deferred
  for each row when (old.deleted_at is distinct from new.deleted_at) execute function public.tenant_ended();

-- {version, reset, changes: [{kind, subject}]}; reset: what was remembered before p_seen cannot be told from what has changed.
create function public.auth_changes_since(p_seen bigint) returns jsonb language sql stable set search_path = '' as $$
  select case
    when v.version = p_seen then jsonb_build_object('version', v.version, 'reset', false, 'changes', '[]'::jsonb)
    when p_seen is null or p_seen > v.version or v.version - p_seen > 1000
      or not exists (select from public.credential_changes where version = p_seen + 1)
      then jsonb_build_object('version', v.version, 'reset', true, 'changes', '[]'::jsonb)
    else jsonb_build_object('version', v.version, 'reset', false, 'changes', (
      select jsonb_agg(jsonb_build_object('kind', c.kind, 'subject', c.subject) order by c.version)
      from public.credential_changes c where c.version > p_seen))
  end
  from public.credential_version v
$$;

-- What authentication needs of a key: {"outcome": "found", "key": {…}} or {"outcome": "unknown"}.
create function public.api_key_find(p_hash text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce((
    select jsonb_build_object('outcome', 'found', 'key', jsonb_build_object(
      'id', k.id, 'name', k.name, 'hash', k.hash, 'scopes', k.scopes, 'rate_limit_per_minute', k.rate_limit_per_minute,
      'expires_at', k.expires_at, 'revoked', k.revoked_at is not null or t.deleted_at is not null,
      'tenant', case when t.id is null then null else jsonb_build_object('id', t.id, 'slug', t.slug) end))
    from public.api_keys k left join public.tenants t on t.id = k.tenant_id where k.hash = p_hash
  ), jsonb_build_object('outcome', 'unknown'))
$$;

-- Refuses a change that is made with a key which holds no longer; p_context: {"credential": key id | null, …}. The lock makes a revocation
-- wait for the changes that were let in before it, so that none commits after it.
create function public.assert_credential(p_context jsonb) returns void language plpgsql set search_path = '' as $$
declare id_of_key uuid := p_context ->> 'credential';
begin
  if id_of_key is null then return; end if;
  perform 1 from public.api_keys
  where id = id_of_key and revoked_at is null and (expires_at is null or expires_at > now()) for share;
  if not found then
    raise exception 'the key that this change is made with holds no longer' using errcode = 'PT401', hint = 'credential_revoked';
  end if;
end $$;

create or replace function public.write_audit(
  p_context jsonb, p_action text, p_resource_type text, p_resource_id text, p_tenant_id uuid, p_before jsonb, p_after jsonb
) returns void language plpgsql set search_path = '' as $$
begin
  perform public.assert_credential(p_context);
  insert into public.audit_log (actor, request_id, action, resource_type, resource_id, tenant_id, before, after)
  values (coalesce(p_context ->> 'actor', 'system'), p_context ->> 'request_id', p_action, p_resource_type, p_resource_id, p_tenant_id, p_before, p_after);
end $$;

-- p_key: {id, tenant_id, name, prefix, hash, scopes, rate_limit_per_minute, expires_at}
create function public.api_key_insert(p_key jsonb, p_rotated_from uuid, p_action text, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare made uuid := p_key ->> 'id'; made_of uuid := p_key ->> 'tenant_id'; shown jsonb;
begin
  insert into public.api_keys (id, tenant_id, name, prefix, hash, scopes, rate_limit_per_minute, expires_at, rotated_from, created_by)
  values (made, made_of, p_key ->> 'name', p_key ->> 'prefix', p_key ->> 'hash',
    array(select jsonb_array_elements_text(p_key -> 'scopes')), (p_key ->> 'rate_limit_per_minute')::integer,
    (p_key ->> 'expires_at')::timestamptz, p_rotated_from, coalesce(p_context ->> 'actor', 'system'));
  shown := public.api_key_json(made);
  perform public.write_audit(p_context, p_action, 'api_key', made::text, made_of, null, shown);
  return shown;
end $$;

create function public.api_key_create(p_key jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare made_of uuid := p_key ->> 'tenant_id';
begin
  if made_of is not null then
    perform 1 from public.tenants where id = made_of and delete_requested_at is null for share;
    if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  end if;
  return jsonb_build_object('outcome', 'created', 'key', public.api_key_insert(p_key, null, 'api_key.create', p_context));
end $$;

-- Makes a key in place of another one, which holds for as long as the overlap says and no longer than it did.
-- p_key: {id, prefix, hash, expires_at}; the rest is as the old one has it. p_row_version null means: whatever is there.
create function public.api_key_rotate(p_id uuid, p_key jsonb, p_overlap_seconds integer, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare k public.api_keys; was jsonb; made jsonb;
begin
  select * into k from public.api_keys where id = p_id for update;
  if k.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and k.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if k.revoked_at is not null or k.expires_at <= now() then return jsonb_build_object('outcome', 'not_active'); end if;
  if exists (select from public.api_keys where rotated_from = k.id) then return jsonb_build_object('outcome', 'rotated'); end if;
  was := public.api_key_json(k.id);
  made := public.api_key_insert(p_key || jsonb_build_object('tenant_id', k.tenant_id, 'name', k.name, 'scopes', to_jsonb(k.scopes),
    'rate_limit_per_minute', k.rate_limit_per_minute), k.id, 'api_key.create', p_context);
  perform public.write_audit(p_context, 'api_key.rotate', 'api_key', k.id::text, k.tenant_id, was,
    was || jsonb_build_object('rotated_to', made -> 'id', 'overlap_seconds', p_overlap_seconds));
  update public.api_keys set expires_at = least(expires_at, now() + p_overlap_seconds * interval '1 second'),
    row_version = row_version + 1, updated_at = now() where id = k.id;
  return jsonb_build_object('outcome', 'rotated_now', 'key', made, 'old', public.api_key_json(k.id));
end $$;

-- The trail is written before the revocation: a key may revoke itself, and is asked about by then.
create function public.api_key_revoke(p_id uuid, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare k public.api_keys; was jsonb;
begin
  select * into k from public.api_keys where id = p_id for update;
  if k.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and k.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if k.revoked_at is not null then return jsonb_build_object('outcome', 'revoked'); end if;
  was := public.api_key_json(k.id);
  perform public.write_audit(p_context, 'api_key.revoke', 'api_key', k.id::text, k.tenant_id, was,
    was || jsonb_build_object('revoked_at', now()));
  update public.api_keys set revoked_at = now(), row_version = row_version + 1, updated_at = now() where id = k.id;
  return jsonb_build_object('outcome', 'revoked');
end $$;

-- p_uses: {key id: instant}. In the order of ids, so that two replicas do not wait for each other; a key that is gone is passed over.
create function public.api_keys_used(p_uses jsonb) returns void language sql set search_path = '' as $$
  insert into public.api_key_uses as u (key_id, last_used_at)
  select k.id, (p_uses ->> k.id::text)::timestamptz from public.api_keys k
  where k.id in (select key::uuid from jsonb_object_keys(p_uses) key) order by k.id
  on conflict (key_id) do update set last_used_at = excluded.last_used_at where u.last_used_at < excluded.last_used_at
$$;

-- Closed, and kept closed: a restrictive policy holds whatever a later one permits.
create policy nobody on public.api_keys as restrictive for all to anon, authenticated using (false);
create policy nobody on public.api_key_uses as restrictive for all to anon, authenticated using (false);
create policy nobody on public.credential_version as restrictive for all to anon, authenticated using (false);
create policy nobody on public.credential_changes as restrictive for all to anon, authenticated using (false);
