-- What is sold: versions of plans, never edited. docs/decisions/0054 says how billing is laid out.

create table public.billing_plan_versions (
  -- starter@1
  id text primary key,
  plan text not null,
  version integer not null check (version > 0),
  effective_from timestamptz not null,
  -- Null: no trial.
  trial_days integer check (trial_days > 0),
  -- Null: by contract, priced for each tenant.
  offers jsonb,
  -- By feature: the terms on which the plan has it, or, in quotas, only how much of it a month; null: unlimited.
  features jsonb not null default '{}',
  quotas jsonb not null,
  created_at timestamptz not null default now(),
  unique (plan, version),
  check (id = plan || '@' || version)
);
alter table public.billing_plan_versions enable row level security;
create policy nobody on public.billing_plan_versions as restrictive for all to anon, authenticated using (false);

create trigger billing_plan_versions_stay before update or delete on public.billing_plan_versions
  for each row execute function public.refuse_change();

-- Members are counted as instances are: there, or not there. An installation that has a feature of this name keeps its own.
alter table public.features drop constraint features_counted_by_check;
alter table public.features add constraint features_counted_by_check
  check (counted_by in ('meter', 'reservations', 'instances', 'members', 'calls'));
insert into public.features (slug, name, description, kind, counted_by, built_in) values
  ('members', 'Members', 'Users who belong to the tenant, whatever their role', 'metered', 'members', true)
on conflict (slug) do nothing;

-- How much of what is counted as it is there is, and what active grants add to its limit: none of it is burned.
create function public.quota_present(p_tenant_id uuid, p_feature public.features, out existing numeric, out added numeric) returns record
language sql stable set search_path = '' as $$
  select case p_feature.counted_by
      when 'instances' then (select count(*) from public.instances where tenant_id = p_tenant_id and status <> 'deprovisioned')
      when 'members' then (select count(*) from public.tenant_members where tenant_id = p_tenant_id) end,
    (select coalesce(sum(amount), 0) from public.quota_grants_at(p_tenant_id, p_feature.slug, public.quota_now()))
$$;

-- As before, and of members too.
create or replace function public.quota_entitlement(p_tenant_id uuid, p_feature text) returns jsonb language plpgsql set search_path = '' as $$
declare
  f public.features; e public.entitlements := public.quota_terms(p_tenant_id, p_feature); a public.quota_accounts; i record; answer jsonb;
  balance numeric; usage numeric; overage numeric; given numeric;
begin
  select * into f from public.features where slug = p_feature;
  if f.slug is null then return null; end if;
  answer := jsonb_build_object('tenant_id', p_tenant_id, 'feature', f.slug, 'name', f.name, 'kind', f.kind, 'row_version', e.row_version,
    'source', case when e.tenant_id is not null then 'tenant' when e.plan is not null then 'plan' else 'none' end,
    'value', e.value, 'limit', trim_scale(e.limit_amount)::text, 'enforcement', e.enforcement);
  if f.kind = 'boolean' then return answer || jsonb_build_object('has_access', coalesce(e.enabled, false)); end if;
  if f.kind = 'static' then return answer || jsonb_build_object('has_access', e.id is not null); end if;
  if f.counted_by in ('instances', 'members') then
    i := public.quota_present(p_tenant_id, f);
    usage := i.existing;
    if e.limit_amount is not null then balance := greatest(0, e.limit_amount + i.added - usage); end if;
    overage := coalesce(greatest(0, usage - e.limit_amount - i.added), 0);
    given := i.added;
  else
    a := public.quota_account(p_tenant_id, f, e);
    usage := a.used - a.reserved;
    balance := public.quota_balance(a, e.limit_amount, public.quota_now());
    overage := public.quota_overage(a, e.limit_amount);
    given := a.granted + (select coalesce(sum(amount - burned - forfeited), 0) from public.quota_grants_at(p_tenant_id, f.slug, public.quota_now()));
    answer := answer || jsonb_build_object('reserved', trim_scale(a.reserved)::text, 'period', a.period,
      'period_start', nullif(a.period_start, '-infinity'), 'period_end', nullif(a.period_end, 'infinity'));
  end if;
  return answer || jsonb_build_object('usage', trim_scale(usage)::text, 'balance', trim_scale(balance)::text, 'overage', trim_scale(overage)::text,
    'granted', trim_scale(given)::text, 'has_access', e.limit_amount is null or e.enforcement = 'soft' or balance > 0);
end $$;

-- Whether a tenant may have one more: refuses beyond a hard limit, tells when a soft one is passed.
create function public.quota_admit_one(p_tenant_id uuid, p_feature text) returns void language plpgsql set search_path = '' as $$
declare f public.features; e public.entitlements := public.quota_terms(p_tenant_id, p_feature); i record; over boolean; refusal jsonb;
begin
  if e.limit_amount is null then return; end if;
  select * into f from public.features where slug = p_feature and counted_by = p_feature;
  if f.slug is null then return; end if;
  perform public.quota_account(p_tenant_id, f, e);
  -- Counted under the lock of the account, so that of those who ask at once each sees what the one before it wrote.
  i := public.quota_present(p_tenant_id, f);
  over := i.existing + 1 > e.limit_amount + i.added;
  if over and e.enforcement = 'hard' then
    refusal := public.quota_refusal(p_feature, e.limit_amount, i.existing, greatest(0, e.limit_amount + i.added - i.existing), 1, 'infinity');
    raise exception 'the tenant may have no more %', p_feature using errcode = 'PT402', hint = 'quota_exceeded', detail = (refusal - 'outcome')::text;
  end if;
  if over and i.existing <= e.limit_amount + i.added then
    perform public.write_outbox('quota.soft_limit_crossed', p_tenant_id, null, jsonb_build_object('feature', p_feature,
      'limit', trim_scale(e.limit_amount)::text, 'usage', (i.existing + 1)::text, 'overage', trim_scale(i.existing + 1 - e.limit_amount - i.added)::text,
      'period', 'lifetime', 'period_start', null, 'period_end', null));
  end if;
end $$;

create or replace function public.quota_check_instance() returns trigger language plpgsql set search_path = '' as $$
begin
  perform public.quota_admit_one(new.tenant_id, 'instances');
  return new;
end $$;
create function public.quota_check_member() returns trigger language plpgsql set search_path = '' as $$
begin
  -- A change of a member's role comes by here too.
  if not exists (select from public.tenant_members where tenant_id = new.tenant_id and user_id = new.user_id) then
    perform public.quota_admit_one(new.tenant_id, 'members');
  end if;
  return new;
end $$;
create trigger members_within_quota before insert on public.tenant_members for each row execute function public.quota_check_member();
drop function public.quota_instances(uuid);

-- What the features and quotas of a version come to, under its id.
create function public.billing_plan_terms(p_version public.billing_plan_versions) returns setof public.entitlements
language sql stable set search_path = '' as $$
  select (jsonb_populate_record(null::public.entitlements, t.terms || jsonb_build_object('plan', p_version.id, 'feature', t.feature))).* from (
    select key as feature, value - 'limit' || case when value ? 'limit' then jsonb_build_object('limit_amount', value -> 'limit') else '{}' end as terms
    from jsonb_each(p_version.features)
    union all
    select key, jsonb_build_object('limit_amount', value, 'period', 'month', 'enforcement', 'hard') from jsonb_each(p_version.quotas)
  ) t
$$;

-- Makes the features and quotas of a version hold for who subscribes to it.
create function public.billing_plan_entitle(p_version public.billing_plan_versions) returns void language sql set search_path = '' as $$
  insert into public.entitlements (plan, feature, enabled, value, limit_amount, period, enforcement)
  select plan, feature, enabled, value, limit_amount, period, enforcement from public.billing_plan_terms(p_version)
$$;

-- Which of these are meters, and which features, with their kinds: {"meters": [slug], "features": {slug: kind}}
create function public.billing_catalog_known(p_meters text[], p_features text[]) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'meters', (select coalesce(jsonb_agg(distinct slug), '[]') from public.usage_meters where slug = any (p_meters) and deleted_at is null),
    'features', (select coalesce(jsonb_object_agg(slug, kind), '{}') from public.features where slug = any (p_features)))
$$;

-- p_version: a version without created_at. Its number is the next one, or it is told which that is.
-- {"outcome": "published", "plan"} or {"outcome": "number_taken", "version"} or {"outcome": "feature_gone"}
create function public.billing_plan_publish(p_version jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare v public.billing_plan_versions := jsonb_populate_record(null::public.billing_plan_versions, p_version); next integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('plan:' || v.plan, 0));
  select coalesce(max(version), 0) + 1 into next from public.billing_plan_versions where plan = v.plan;
  if next <> v.version then return jsonb_build_object('outcome', 'number_taken', 'version', next); end if;
  perform 1 from public.features where slug in (select feature from public.billing_plan_terms(v)) order by slug for share;
  if exists (select from public.billing_plan_terms(v) t where not exists (select from public.features where slug = t.feature)) then
    return jsonb_build_object('outcome', 'feature_gone');
  end if;
  insert into public.billing_plan_versions (id, plan, version, effective_from, trial_days, offers, features, quotas)
  values (v.id, v.plan, v.version, v.effective_from, v.trial_days, nullif(v.offers, 'null'), v.features, v.quotas) returning * into v;
  perform public.billing_plan_entitle(v);
  perform public.write_audit(p_context, 'plan.publish', 'plan', v.id, null, null, to_jsonb(v));
  return jsonb_build_object('outcome', 'published', 'plan', to_jsonb(v));
end $$;

-- The newest version of each plan, by plan.
create view public.billing_newest_plans with (security_invoker = true) as
  select distinct on (plan) * from public.billing_plan_versions order by plan, version desc;

-- What a new installation sells: src/billing/catalog/default-plans.ts.
insert into public.billing_plan_versions (id, plan, version, effective_from, trial_days, offers, quotas)
select p.plan || '@1', p.plan, 1, '2026-01-01T00:00:00Z', p.trial_days,
  (select jsonb_agg(jsonb_build_object('interval', o.key, 'currency', 'USD', 'components', jsonb_build_array(
      p.component || jsonb_build_object('kind', 'recurring', 'proration', 'per_second', 'versions', jsonb_build_array(jsonb_build_object(
        'id', p.plan || '-' || o.key || '@1', 'effective_from', '2026-01-01T00:00:00Z', 'terms', jsonb_build_object(
          'price', p.price || jsonb_build_object(case p.price ->> 'model' when 'flat' then 'amount' else 'unit_amount' end, o.value),
          'included_quantity', '0', 'minimum', null, 'maximum', null, 'commitment', null)))))) order by o.key)
    from jsonb_each(p.amounts) o),
  '{"instances": null, "members": null}'
from (values
  ('free', null, '{"key": "base", "meter": null, "unit": null}'::jsonb, '{"model": "flat"}'::jsonb, '{"month": "0"}'::jsonb),
  ('starter', 14, '{"key": "base", "meter": null, "unit": null}', '{"model": "flat"}', '{"month": "10", "year": "96"}'),
  ('professional', 14, '{"key": "members", "meter": "members", "unit": "member"}', '{"model": "per_unit"}', '{"month": "8", "year": "76.80"}'),
  ('enterprise', null, null, null, null)
) as p (plan, trial_days, component, price, amounts);
select public.billing_plan_entitle(v) from public.billing_plan_versions v;
