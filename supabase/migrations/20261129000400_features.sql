-- What a plan includes (features and entitlements), and what is given beyond it (grants). docs/decisions/0045 and 0046 say why so.

create table public.features (
  slug text primary key,
  name text not null,
  description text,
  kind text not null check (kind in ('boolean', 'static', 'metered')),
  -- Where the usage of a metered feature comes from. instances and calls are counted by Tenantry itself.
  counted_by text check (counted_by in ('meter', 'reservations', 'instances', 'calls')),
  meter text,
  built_in boolean not null default false,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((kind = 'metered') = (counted_by is not null)),
  check ((counted_by is not distinct from 'meter') = (meter is not null))
);
alter table public.features enable row level security;
create policy nobody on public.features as restrictive for all to anon, authenticated using (false);

-- There from the start, and without an entitlement no limit: what Tenantry enforces by itself once somebody sets one.
insert into public.features (slug, name, description, kind, counted_by, built_in) values
  ('instances', 'Instances', 'Instances that exist, in whatever state', 'metered', 'instances', true),
  ('api_calls', 'API calls', 'Calls of Tenantry by the tenant''s keys and users', 'metered', 'calls', true);

-- What a plan includes, or a tenant whatever its plan: which of the columns count follows from the feature's kind.
create table public.entitlements (
  id bigint generated always as identity primary key,
  plan text,
  tenant_id uuid references public.tenants (id),
  feature text not null references public.features (slug),
  enabled boolean,
  value jsonb,
  -- Null: unlimited.
  limit_amount numeric check (limit_amount >= 0),
  period text check (period in ('day', 'month', 'lifetime')),
  enforcement text check (enforcement in ('soft', 'hard')),
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (num_nonnulls(plan, tenant_id) = 1),
  unique (plan, feature),
  unique (tenant_id, feature)
);
create index entitlements_feature on public.entitlements (feature);
alter table public.entitlements enable row level security;

-- Amounts beyond the limit. What is left is amount - burned - forfeited.
create table public.quota_grants (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  feature text not null references public.features (slug),
  amount numeric not null check (amount > 0),
  burned numeric not null default 0 check (burned >= 0),
  -- Lost at the end of a period, as rollover_max says.
  forfeited numeric not null default 0 check (forfeited >= 0),
  priority integer not null default 0,
  effective_at timestamptz not null,
  expires_at timestamptz check (expires_at > effective_at),
  -- How much of it may go over into the next period; null: all.
  rollover_max numeric check (rollover_max >= 0),
  voided_at timestamptz,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (burned + forfeited <= amount)
);
create index quota_grants_tenant on public.quota_grants (tenant_id, feature);
create index quota_grants_feature on public.quota_grants (feature);
alter table public.quota_grants enable row level security;

-- Members read what was agreed with them. What a plan includes is in the answer of Tenantry, which joins the two.
create policy members_read on public.entitlements for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.quota_grants for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
grant select (tenant_id, feature, enabled, value, limit_amount, period, enforcement, created_at, updated_at) on public.entitlements to authenticated;
grant select (id, tenant_id, feature, amount, burned, forfeited, priority, effective_at, expires_at, rollover_max, voided_at, created_at, updated_at)
  on public.quota_grants to authenticated;

create function public.feature_json(p_feature public.features) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_feature)
$$;

-- Amounts as text: a gateway may round long numbers.
create function public.entitlement_json(p_entitlement public.entitlements) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_entitlement) - 'id' || jsonb_build_object('limit_amount', trim_scale(p_entitlement.limit_amount)::text)
$$;

create function public.quota_grant_json(p_grant public.quota_grants) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_grant) || jsonb_build_object(
    'amount', trim_scale(p_grant.amount)::text, 'burned', trim_scale(p_grant.burned)::text, 'forfeited', trim_scale(p_grant.forfeited)::text,
    'rollover_max', trim_scale(p_grant.rollover_max)::text,
    'remaining', trim_scale(p_grant.amount - p_grant.burned - p_grant.forfeited)::text)
$$;

-- p_feature: {slug, name, description, kind, counted_by, meter}
-- {"outcome": "created", "feature"} or {"outcome": "slug_taken" | "meter_not_found"}
create function public.feature_create(p_feature jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare f public.features;
begin
  if p_feature ->> 'meter' is not null
    and not exists (select from public.usage_meters where slug = p_feature ->> 'meter' and deleted_at is null) then
    return jsonb_build_object('outcome', 'meter_not_found');
  end if;
  insert into public.features (slug, name, description, kind, counted_by, meter)
  values (p_feature ->> 'slug', p_feature ->> 'name', p_feature ->> 'description', p_feature ->> 'kind', p_feature ->> 'counted_by', p_feature ->> 'meter')
  on conflict (slug) do nothing returning * into f;
  if f.slug is null then return jsonb_build_object('outcome', 'slug_taken'); end if;
  perform public.write_audit(p_context, 'feature.create', 'feature', f.slug, null, null, public.feature_json(f));
  return jsonb_build_object('outcome', 'created', 'feature', public.feature_json(f));
end $$;

-- p_change holds what to set: name, description. p_row_version null means: whatever is there.
create function public.feature_change(p_slug text, p_change jsonb, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.features; f public.features;
begin
  select * into was from public.features where slug = p_slug for update;
  if was.slug is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  update public.features set
    name = coalesce(p_change ->> 'name', name),
    description = case when p_change ? 'description' then p_change ->> 'description' else description end,
    row_version = row_version + 1, updated_at = now()
  where slug = p_slug returning * into f;
  perform public.write_audit(p_context, 'feature.change', 'feature', f.slug, null, public.feature_json(was), public.feature_json(f));
  return jsonb_build_object('outcome', 'changed', 'feature', public.feature_json(f));
end $$;

-- {"outcome": "deleted" | "not_found" | "stale" | "built_in" | "in_use"}; in use is what a plan or a tenant has, or had.
create function public.feature_delete(p_slug text, p_row_version bigint, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare was public.features;
begin
  select * into was from public.features where slug = p_slug for update;
  if was.slug is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if was.built_in then return jsonb_build_object('outcome', 'built_in'); end if;
  if exists (select from public.entitlements where feature = p_slug) or exists (select from public.quota_grants where feature = p_slug)
    or exists (select from public.quota_accounts where feature = p_slug) or exists (select from public.quota_reservations where feature = p_slug) then
    return jsonb_build_object('outcome', 'in_use');
  end if;
  delete from public.features where slug = p_slug;
  perform public.write_audit(p_context, 'feature.delete', 'feature', p_slug, null, public.feature_json(was), null);
  return jsonb_build_object('outcome', 'deleted');
end $$;

-- Gives a plan (or, where p_plan is null, a tenant) a feature on these terms: {enabled} | {value} | {limit_amount, period, enforcement}.
-- {"outcome": "created" | "changed" | "unchanged", "entitlement"} or {"outcome": "tenant_not_found" | "feature_not_found" | "stale"}
create function public.entitlement_put(p_plan text, p_tenant_id uuid, p_feature text, p_terms jsonb, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.entitlements; e public.entitlements; wanted public.entitlements;
begin
  if p_tenant_id is not null then
    perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for share;
    if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  end if;
  -- Serializes the writers of one feature's entitlements, of which there are few.
  perform 1 from public.features where slug = p_feature for no key update;
  if not found then return jsonb_build_object('outcome', 'feature_not_found'); end if;
  select * into was from public.entitlements
  where feature = p_feature and plan is not distinct from p_plan and tenant_id is not distinct from p_tenant_id for update;
  if p_row_version is not null and was.row_version is distinct from p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  wanted := jsonb_populate_record(null::public.entitlements, p_terms);
  if was.id is null then
    insert into public.entitlements (plan, tenant_id, feature, enabled, value, limit_amount, period, enforcement)
    values (p_plan, p_tenant_id, p_feature, wanted.enabled, wanted.value, wanted.limit_amount, wanted.period, wanted.enforcement) returning * into e;
  elsif (was.enabled, was.value, was.limit_amount, was.period, was.enforcement)
      is not distinct from (wanted.enabled, wanted.value, wanted.limit_amount, wanted.period, wanted.enforcement) then
    return jsonb_build_object('outcome', 'unchanged', 'entitlement', public.entitlement_json(was));
  else
    update public.entitlements set enabled = wanted.enabled, value = wanted.value, limit_amount = wanted.limit_amount, period = wanted.period,
      enforcement = wanted.enforcement, row_version = row_version + 1, updated_at = now()
    where id = was.id returning * into e;
  end if;
  perform public.write_audit(p_context, 'entitlement.put', 'entitlement', concat_ws('/', coalesce(p_plan, p_tenant_id::text), p_feature), p_tenant_id,
    case when was.id is not null then public.entitlement_json(was) end, public.entitlement_json(e));
  return jsonb_build_object('outcome', case when was.id is null then 'created' else 'changed' end, 'entitlement', public.entitlement_json(e));
end $$;

-- {"outcome": "removed" | "not_found" | "stale"}
create function public.entitlement_remove(p_plan text, p_tenant_id uuid, p_feature text, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.entitlements;
begin
  select * into was from public.entitlements
  where feature = p_feature and plan is not distinct from p_plan and tenant_id is not distinct from p_tenant_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  delete from public.entitlements where id = was.id;
  perform public.write_audit(p_context, 'entitlement.remove', 'entitlement', concat_ws('/', coalesce(p_plan, p_tenant_id::text), p_feature),
    p_tenant_id, public.entitlement_json(was), null);
  return jsonb_build_object('outcome', 'removed');
end $$;

-- p_grant: {id, feature, amount, priority, effective_at, expires_at, rollover_max}
-- {"outcome": "created", "grant"} or {"outcome": "tenant_not_found" | "feature_not_found" | "not_metered" | "over_before_it_begins"}
create function public.quota_grant_create(p_tenant_id uuid, p_grant jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  g public.quota_grants; f public.features;
  starts timestamptz := coalesce((p_grant ->> 'effective_at')::timestamptz, public.quota_now()); ends timestamptz := (p_grant ->> 'expires_at')::timestamptz;
begin
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for share;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select * into f from public.features where slug = p_grant ->> 'feature' for share;
  if f.slug is null then return jsonb_build_object('outcome', 'feature_not_found'); end if;
  if f.kind <> 'metered' then return jsonb_build_object('outcome', 'not_metered'); end if;
  if ends <= starts then return jsonb_build_object('outcome', 'over_before_it_begins'); end if;
  -- From now on periods are closed, so that no grant lasts longer than it shall because nobody looked.
  perform public.quota_account(p_tenant_id, f, public.quota_terms(p_tenant_id, f.slug));
  insert into public.quota_grants (id, tenant_id, feature, amount, priority, effective_at, expires_at, rollover_max)
  values ((p_grant ->> 'id')::uuid, p_tenant_id, f.slug, (p_grant ->> 'amount')::numeric, (p_grant ->> 'priority')::integer,
    starts, ends, (p_grant ->> 'rollover_max')::numeric)
  returning * into g;
  perform public.write_audit(p_context, 'quota_grant.create', 'quota_grant', g.id::text, g.tenant_id, null, public.quota_grant_json(g));
  return jsonb_build_object('outcome', 'created', 'grant', public.quota_grant_json(g));
end $$;

-- What is left of it is worth nothing any more; what was used of it was used. The same again does nothing.
-- {"outcome": "voided", "grant"} or {"outcome": "not_found" | "stale"}
create function public.quota_grant_void(p_tenant_id uuid, p_id uuid, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.quota_grants; g public.quota_grants;
begin
  select * into was from public.quota_grants where id = p_id and tenant_id = p_tenant_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if was.voided_at is not null then return jsonb_build_object('outcome', 'voided', 'grant', public.quota_grant_json(was)); end if;
  update public.quota_grants set voided_at = public.quota_now(), row_version = row_version + 1, updated_at = now() where id = p_id returning * into g;
  perform public.write_audit(p_context, 'quota_grant.void', 'quota_grant', g.id::text, g.tenant_id, public.quota_grant_json(was), public.quota_grant_json(g));
  return jsonb_build_object('outcome', 'voided', 'grant', public.quota_grant_json(g));
end $$;

-- The terms of a plan, or (where p_plan is null) of a tenant itself, by feature, after the given one.
create function public.entitlements_given(p_plan text, p_tenant_id uuid, p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.entitlement_json(e) order by e.feature collate "C"), '[]') from (
    select * from public.entitlements
    where (plan = p_plan or tenant_id = p_tenant_id) and (p_after is null or feature collate "C" > p_after)
    order by feature collate "C" limit p_limit
  ) e
$$;

-- The grants of a tenant by id, after the given one; p_id: that one alone.
create function public.quota_grants_list(p_tenant_id uuid, p_feature text, p_id uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.quota_grant_json(g) order by g.id), '[]') from (
    select * from public.quota_grants
    where tenant_id = p_tenant_id and (p_feature is null or feature = p_feature) and (p_id is null or id = p_id) and (p_after is null or id > p_after)
    order by id limit p_limit
  ) g
$$;
