-- What was planned holds from its time on, also before the hourly task has put the tenant on the plan: docs/decisions/0056.

-- The plan of the phase that holds the instant, until the tenant was put on it; null afterwards, when the tenant says itself what it is on.
create function public.billing_plan_to_begin(p_tenant_id uuid, p_at timestamptz) returns text language sql stable set search_path = '' as $$
  select v.plan from public.billing_subscriptions s join public.billing_phases p on p.subscription_id = s.id
    join public.billing_plan_versions v on v.id = p.plan_version
  where s.tenant_id = p_tenant_id and s.status <> 'ended' and (s.ends_at is null or s.ends_at > p_at)
    and not p.begun and p.starts_at <= p_at and (p.ends_at is null or p.ends_at > p_at)
  limit 1
$$;

-- As before, and by the name of a plan that has begun though nobody has written that down yet.
create or replace function public.quota_terms(p_tenant_id uuid, p_feature text) returns public.entitlements language sql stable set search_path = '' as $$
  select (x.e).* from (
    select e, 1 as place from public.entitlements e where e.tenant_id = p_tenant_id and e.feature = p_feature
    union all
    select e, 2 from public.entitlements e where e.plan = public.billing_plan_of(p_tenant_id, public.quota_now()) and e.feature = p_feature
    union all
    select e, 3 from public.tenants t join public.entitlements e on e.plan = coalesce(public.billing_plan_to_begin(t.id, public.quota_now()), t.plan)
    where t.id = p_tenant_id and e.feature = p_feature
  ) x order by x.place limit 1
$$;
