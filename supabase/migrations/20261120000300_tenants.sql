create table public.tenants (
  id uuid primary key,
  slug text not null,
  name text not null,
  plan text not null default 'free',
  time_zone text not null default 'UTC',
  metadata jsonb not null default '{}',
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  delete_requested_at timestamptz,
  deleted_at timestamptz
);
-- What a deleted tenant leaves (trail, operations, later invoices) keeps its row; the slug is free again.
create unique index tenants_slug on public.tenants (slug) where deleted_at is null;
alter table public.tenants enable row level security;

create function public.tenant_create(
  p_id uuid, p_slug text, p_name text, p_plan text, p_time_zone text, p_metadata jsonb, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare t public.tenants;
begin
  insert into public.tenants (id, slug, name, plan, time_zone, metadata)
  values (p_id, p_slug, p_name, p_plan, p_time_zone, p_metadata)
  on conflict (slug) where deleted_at is null do nothing returning * into t;
  if t.id is null then return jsonb_build_object('outcome', 'slug_taken'); end if;
  perform public.write_audit(p_context, 'tenant.create', 'tenant', t.id::text, t.id, null, to_jsonb(t));
  perform public.write_outbox('tenant.created', t.id, null, to_jsonb(t));
  return jsonb_build_object('outcome', 'created', 'tenant', to_jsonb(t));
end $$;

-- p_change holds the columns to set: name, plan, time_zone, metadata. p_row_version null means: whatever is there.
create function public.tenant_change(p_id uuid, p_change jsonb, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.tenants; t public.tenants;
begin
  select * into was from public.tenants where id = p_id and deleted_at is null for no key update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  update public.tenants set
    name = coalesce(p_change ->> 'name', name),
    plan = coalesce(p_change ->> 'plan', plan),
    time_zone = coalesce(p_change ->> 'time_zone', time_zone),
    metadata = coalesce(p_change -> 'metadata', metadata),
    row_version = row_version + 1, updated_at = now()
  where id = p_id returning * into t;
  perform public.write_audit(p_context, 'tenant.change', 'tenant', t.id::text, t.id, to_jsonb(was), to_jsonb(t));
  perform public.write_outbox('tenant.changed', t.id, null, to_jsonb(t));
  return jsonb_build_object('outcome', 'changed', 'tenant', to_jsonb(t));
end $$;
