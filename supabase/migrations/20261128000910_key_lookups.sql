-- What a replica asks of keys that it does not know, for all callers who wait at once: a flood of made-up keys is one small call at a time.

drop function public.api_key_find(text);

-- What authentication needs of the keys with these hashes: [{…}], without those that there are not.
create function public.api_keys_find(p_hashes jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', k.id, 'name', k.name, 'hash', k.hash, 'scopes', k.scopes, 'rate_limit_per_minute', k.rate_limit_per_minute,
    'expires_at', k.expires_at, 'revoked', k.revoked_at is not null or t.deleted_at is not null,
    'tenant', case when t.id is null then null else jsonb_build_object('id', t.id, 'slug', t.slug) end)), '[]')
  from public.api_keys k left join public.tenants t on t.id = k.tenant_id
  where k.hash = any (array(select jsonb_array_elements_text(p_hashes)))
$$;
