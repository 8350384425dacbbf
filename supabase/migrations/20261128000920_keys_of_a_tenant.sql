-- A tenant has so many keys and no more: each has a rate limit of its own, so that without an end of keys there would be none of limits.

create function public.api_keys_per_tenant() returns integer language sql immutable set search_path = '' as $$ select 100 $$;

-- Under a lock of the tenant. An operator's keys are not counted.
create function public.count_api_keys(p_tenant_id uuid) returns bigint language sql stable set search_path = '' as $$
  select count(*) from public.api_keys
  where tenant_id = p_tenant_id and revoked_at is null and (expires_at is null or expires_at > now())
$$;

create or replace function public.api_key_create(p_key jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare made_of uuid := p_key ->> 'tenant_id';
begin
  if made_of is not null then
    perform 1 from public.tenants where id = made_of and delete_requested_at is null for no key update;
    if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
    if public.count_api_keys(made_of) >= public.api_keys_per_tenant() then
      return jsonb_build_object('outcome', 'too_many', 'limit', public.api_keys_per_tenant());
    end if;
  end if;
  return jsonb_build_object('outcome', 'created', 'key', public.api_key_insert(p_key, null, 'api_key.create', p_context));
end $$;

-- As before; but keys that overlap with the ones in their place come to an end too: at twice the number, only those of no overlap are made.
create or replace function public.api_key_rotate(p_id uuid, p_key jsonb, p_overlap_seconds integer, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare k public.api_keys; was jsonb; made jsonb;
begin
  -- Locks in one order: tenant, key.
  perform 1 from public.tenants where id = (select tenant_id from public.api_keys where id = p_id) for no key update;
  select * into k from public.api_keys where id = p_id for update;
  if k.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and k.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if k.revoked_at is not null or k.expires_at <= now() then return jsonb_build_object('outcome', 'not_active'); end if;
  if exists (select from public.api_keys where rotated_from = k.id) then return jsonb_build_object('outcome', 'rotated'); end if;
  if k.tenant_id is not null and p_overlap_seconds > 0 and public.count_api_keys(k.tenant_id) >= 2 * public.api_keys_per_tenant() then
    return jsonb_build_object('outcome', 'too_many', 'limit', 2 * public.api_keys_per_tenant());
  end if;
  was := public.api_key_json(k.id);
  made := public.api_key_insert(p_key || jsonb_build_object('tenant_id', k.tenant_id, 'name', k.name, 'scopes', to_jsonb(k.scopes),
    'rate_limit_per_minute', k.rate_limit_per_minute), k.id, 'api_key.create', p_context);
  perform public.write_audit(p_context, 'api_key.rotate', 'api_key', k.id::text, k.tenant_id, was,
    was || jsonb_build_object('rotated_to', made -> 'id', 'overlap_seconds', p_overlap_seconds));
  update public.api_keys set expires_at = least(expires_at, now() + p_overlap_seconds * interval '1 second'),
    row_version = row_version + 1, updated_at = now() where id = k.id;
  return jsonb_build_object('outcome', 'rotated_now', 'key', made, 'old', public.api_key_json(k.id));
end $$;
