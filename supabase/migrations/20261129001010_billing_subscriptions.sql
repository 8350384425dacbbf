-- To whom it is sold, since when, and up to where it is billed.

create table public.billing_subscriptions (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  status text not null check (status in ('trialing', 'active', 'past_due', 'suspended', 'ended')),
  currency text not null,
  billing_interval text not null check (billing_interval in ('month', 'year')),
  time_zone text not null,
  -- Periods are counted from here, on the clocks of the zone.
  anchor_at timestamptz not null,
  started_at timestamptz not null,
  trial_ends_at timestamptz,
  -- What comes after the trial: it is paid for, or it stands still until somebody activates it.
  trial_end text not null default 'activate' check (trial_end in ('activate', 'suspend')),
  -- When it was, or will be, over; null: until further notice.
  ends_at timestamptz check (ends_at > started_at),
  past_due_since timestamptz,
  -- The first period that has no invoice yet. Its bounds stay as they were worked out, whatever becomes of the zone's rules.
  next_period integer not null default 0 check (next_period >= 0),
  next_period_from timestamptz not null,
  next_period_to timestamptz not null check (next_period_to > next_period_from),
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- One at a time: what a tenant owes for an hour stands in one place. Behind billing_subscribe, which compares their times.
create unique index billing_subscriptions_current on public.billing_subscriptions (tenant_id) where ends_at is null;
create index billing_subscriptions_tenant on public.billing_subscriptions (tenant_id);
-- An ended one is billed to its end, and then never again.
create index billing_subscriptions_due on public.billing_subscriptions (least(next_period_to, ends_at))
  where ends_at is null or next_period_from < ends_at;
create index billing_subscriptions_trials on public.billing_subscriptions (trial_ends_at) where status = 'trialing';
create index billing_subscriptions_ending on public.billing_subscriptions (ends_at) where status <> 'ended' and ends_at is not null;
alter table public.billing_subscriptions enable row level security;
create policy nobody on public.billing_subscriptions as restrictive for all to anon, authenticated using (false);

-- What it is on, until the next phase begins. The components stay those of the plan's version, whatever is sold later.
create table public.billing_phases (
  subscription_id uuid not null references public.billing_subscriptions (id),
  seq integer not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  trial boolean not null,
  plan_version text not null references public.billing_plan_versions (id),
  components jsonb not null,
  -- Whether the tenant was put on its plan.
  begun boolean not null default false,
  primary key (subscription_id, seq)
);
create index billing_phases_to_begin on public.billing_phases (starts_at) where not begun;
create index billing_phases_plan_version on public.billing_phases (plan_version);
alter table public.billing_phases enable row level security;
create policy nobody on public.billing_phases as restrictive for all to anon, authenticated using (false);

-- Another price of one component for one tenant.
create table public.billing_overrides (
  id uuid primary key,
  subscription_id uuid not null references public.billing_subscriptions (id),
  component text not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  terms jsonb not null,
  created_at timestamptz not null default now()
);
create index billing_overrides_subscription on public.billing_overrides (subscription_id);
alter table public.billing_overrides enable row level security;
create policy nobody on public.billing_overrides as restrictive for all to anon, authenticated using (false);

-- With its phases, in order, and its overrides: all that the rating of a period needs of it.
create function public.billing_subscription_json(p_subscription public.billing_subscriptions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'subscription', to_jsonb(p_subscription),
    'phases', (select coalesce(jsonb_agg(to_jsonb(p) - 'subscription_id' order by p.starts_at, p.seq), '[]')
      from public.billing_phases p where p.subscription_id = p_subscription.id),
    'overrides', (select coalesce(jsonb_agg(to_jsonb(o) - 'subscription_id' order by o.starts_at, o.id), '[]')
      from public.billing_overrides o where o.subscription_id = p_subscription.id))
$$;

-- [{"subscription", "phases", "overrides"}], by id; those that are there.
create function public.billing_subscriptions_read(p_ids uuid[]) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_subscription_json(s) order by s.id), '[]') from public.billing_subscriptions s where s.id = any (p_ids)
$$;

-- Puts a tenant on the plan of the phase that holds the instant, once for each phase: what the operator says of the plan later stands.
create function public.billing_phase_begin(p_subscription public.billing_subscriptions, p_at timestamptz, p_context jsonb) returns void
language plpgsql set search_path = '' as $$
declare wanted text;
begin
  select v.plan into wanted from public.billing_phases p join public.billing_plan_versions v on v.id = p.plan_version
  where p.subscription_id = p_subscription.id and not p.begun and p.starts_at <= p_at and (p.ends_at is null or p.ends_at > p_at);
  if wanted is not null and exists (select from public.tenants where id = p_subscription.tenant_id and plan <> wanted and deleted_at is null) then
    perform public.tenant_change(p_subscription.tenant_id, jsonb_build_object('plan', wanted), null, p_context);
  end if;
  update public.billing_phases set begun = true where subscription_id = p_subscription.id and not begun and starts_at <= p_at;
end $$;

create function public.billing_phases_add(p_subscription_id uuid, p_phases jsonb) returns void language sql set search_path = '' as $$
  insert into public.billing_phases (subscription_id, seq, starts_at, ends_at, trial, plan_version, components)
  select p_subscription_id, n + coalesce((select max(seq) + 1 from public.billing_phases where subscription_id = p_subscription_id), 0),
    p.starts_at, p.ends_at, p.trial, p.plan_version, p.components
  from (select row_number() over (order by starts_at) - 1 as n, r.* from jsonb_populate_recordset(null::public.billing_phases, p_phases) r) p
$$;

-- p_subscription: the columns that the service works out, and its phases. The periods before p_at are billed by the next runs, one by one.
-- {"outcome": "created", "subscription"} or {"outcome": "tenant_not_found"} or {"outcome": "subscribed", "subscription_id"}
create function public.billing_subscribe(p_subscription jsonb, p_phases jsonb, p_invoice_id uuid, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; other uuid;
begin
  s := jsonb_populate_record(null::public.billing_subscriptions, p_subscription);
  -- Locks in one order: tenant, subscription, chain.
  perform 1 from public.tenants where id = s.tenant_id and deleted_at is null for no key update;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select id into other from public.billing_subscriptions
  where tenant_id = s.tenant_id and coalesce(ends_at, 'infinity') > s.started_at order by started_at desc limit 1;
  if found then return jsonb_build_object('outcome', 'subscribed', 'subscription_id', other); end if;
  insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, trial_ends_at, trial_end,
    next_period_from, next_period_to)
  values (s.id, s.tenant_id, s.status, s.currency, s.billing_interval, s.time_zone, s.anchor_at, s.started_at, s.trial_ends_at, s.trial_end,
    s.next_period_from, s.next_period_to) returning * into s;
  perform public.billing_phases_add(s.id, p_phases);
  perform public.billing_gathering_open(p_invoice_id, s);
  perform public.billing_phase_begin(s, p_at, p_context);
  perform public.write_audit(p_context, 'subscription.create', 'subscription', s.id::text, s.tenant_id, null, public.billing_subscription_json(s));
  perform public.write_outbox('billing.subscription.started', s.tenant_id, null, jsonb_build_object('subscription_id', s.id));
  return jsonb_build_object('outcome', 'created', 'subscription', public.billing_subscription_json(s));
end $$;

-- The version that a tenant is on at an instant; null without a subscription.
create function public.billing_plan_of(p_tenant_id uuid, p_at timestamptz) returns text language sql stable set search_path = '' as $$
  select p.plan_version from public.billing_subscriptions s join public.billing_phases p on p.subscription_id = s.id
  where s.tenant_id = p_tenant_id and s.status <> 'ended' and (s.ends_at is null or s.ends_at > p_at)
    and p.starts_at <= p_at and (p.ends_at is null or p.ends_at > p_at)
  limit 1
$$;

-- As before, and between the two of the version of its plan that it is subscribed to.
create or replace function public.quota_terms(p_tenant_id uuid, p_feature text) returns public.entitlements language sql stable set search_path = '' as $$
  select (x.e).* from (
    select e, 1 as place from public.entitlements e where e.tenant_id = p_tenant_id and e.feature = p_feature
    union all
    select e, 2 from public.entitlements e where e.plan = public.billing_plan_of(p_tenant_id, public.quota_now()) and e.feature = p_feature
    union all
    select e, 3 from public.tenants t join public.entitlements e on e.plan = t.plan where t.id = p_tenant_id and e.feature = p_feature
  ) x order by x.place limit 1
$$;

-- As before, and for those who are subscribed to what has a soft limit.
create or replace function public.quota_sweep(p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare r record; expired integer := 0; settled integer := 0; removed integer; at timestamptz := public.quota_now();
begin
  for r in
    select q.tenant_id, f, count(*)::integer as n from (
      select tenant_id, feature from public.quota_reservations where state = 'open' and expires_at <= at order by expires_at limit p_limit
    ) q join public.features f on f.slug = q.feature group by q.tenant_id, f.slug, f order by q.tenant_id, f.slug
  loop
    perform public.quota_account(r.tenant_id, r.f, public.quota_terms(r.tenant_id, (r.f).slug));
    expired := expired + r.n;
  end loop;
  for r in
    select t.id as tenant_id, f, e from public.features f
    join public.entitlements d on d.feature = f.slug and d.enforcement = 'soft' and d.limit_amount is not null
    join public.tenants t on (t.plan = d.plan or t.id = d.tenant_id or public.billing_plan_of(t.id, at) = d.plan) and t.deleted_at is null
    left join public.quota_accounts a on a.tenant_id = t.id and a.feature = f.slug
    cross join lateral public.quota_terms(t.id, f.slug) e
    where f.counted_by = 'meter' and e.id = d.id and (a.settled_at is null or a.settled_at < at - interval '1 minute')
    order by a.settled_at nulls first, t.id, f.slug limit p_limit
  loop
    perform public.quota_account(r.tenant_id, r.f, r.e);
    settled := settled + 1;
  end loop;
  delete from public.quota_reservations q using (
    select tenant_id, id from public.quota_reservations where state <> 'open' and ended_at < at - interval '35 days' order by ended_at limit p_limit
  ) old where q.tenant_id = old.tenant_id and q.id = old.id;
  get diagnostics removed = row_count;
  return jsonb_build_object('expired', expired, 'settled', settled, 'removed', removed);
end $$;
