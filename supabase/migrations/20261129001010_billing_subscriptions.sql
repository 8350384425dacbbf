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
  -- What stood still after a trial that nobody activated is over with it.
  perform public.billing_resume(id, p_at, p_context) from public.billing_subscriptions
  where tenant_id = s.tenant_id and suspension_reason = 'trial_ended' order by id;
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

-- For a change: the subscription, locked after its tenant, and why it cannot be changed: {"outcome": "not_found" | "stale" | "ended"} or null.
-- p_row_version: what the change was worked out from.
create function public.billing_subscription_lock(p_id uuid, p_row_version bigint, p_at timestamptz, out s public.billing_subscriptions, out refusal jsonb)
language plpgsql set search_path = '' as $$
begin
  perform 1 from public.tenants where id = (select tenant_id from public.billing_subscriptions where id = p_id) for no key update;
  select * into s from public.billing_subscriptions where id = p_id for update;
  if s.id is null then refusal := '{"outcome": "not_found"}';
  elsif s.row_version <> p_row_version then refusal := '{"outcome": "stale"}';
  elsif s.status = 'ended' or s.ends_at <= p_at then refusal := '{"outcome": "ended"}';
  end if;
end $$;

-- The end of a change: its trail, what others hear of it, and what it is now. {"outcome": "changed", "subscription"}
create function public.billing_subscription_changed(p_id uuid, p_was jsonb, p_action text, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; now_is jsonb;
begin
  update public.billing_subscriptions set row_version = row_version + 1, updated_at = now() where id = p_id returning * into s;
  now_is := public.billing_subscription_json(s);
  perform public.write_audit(p_context, 'subscription.' || p_action, 'subscription', s.id::text, s.tenant_id, p_was, now_is);
  perform public.write_outbox('billing.subscription.changed', s.tenant_id, null, jsonb_build_object('subscription_id', s.id, 'change', p_action));
  return jsonb_build_object('outcome', 'changed', 'subscription', now_is);
end $$;

-- Other phases from p_from on, in place of all that was planned from then on. With p_activate, what stands still after its trial goes on.
-- {"outcome": "changed", "subscription"} or {"outcome": "not_found" | "stale" | "ended" | "already_billed" | "not_waiting"}
create function public.billing_subscription_move(
  p_id uuid, p_from timestamptz, p_phases jsonb, p_activate boolean, p_row_version bigint, p_at timestamptz, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare l record := public.billing_subscription_lock(p_id, p_row_version, p_at); s public.billing_subscriptions := l.s; was jsonb;
begin
  if l.refusal is not null then return l.refusal; end if;
  if p_activate and s.trial_end <> 'suspend' then return jsonb_build_object('outcome', 'not_waiting'); end if;
  if p_from >= s.ends_at then return jsonb_build_object('outcome', 'ended'); end if;
  if p_from < s.next_period_from then return jsonb_build_object('outcome', 'already_billed'); end if;
  was := public.billing_subscription_json(s);
  delete from public.billing_phases where subscription_id = p_id and starts_at >= p_from;
  update public.billing_phases set ends_at = p_from where subscription_id = p_id and (ends_at is null or ends_at > p_from);
  perform public.billing_phases_add(p_id, p_phases);
  perform public.billing_phase_begin(s, p_at, p_context);
  if p_activate then
    update public.billing_subscriptions set trial_end = 'activate' where id = p_id;
    if s.status = 'suspended' then perform public.billing_resume(p_id, p_at, p_context); end if;
  end if;
  return public.billing_subscription_changed(p_id, was, case when p_activate then 'activate' else 'move' end, p_context);
end $$;

-- p_ends_at null: it goes on, as long as it is not over. {"outcome": "changed", "subscription"} or {"outcome": "not_found" | "stale" | "ended" | "already_billed"}
create function public.billing_subscription_end(p_id uuid, p_ends_at timestamptz, p_row_version bigint, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare l record := public.billing_subscription_lock(p_id, p_row_version, p_at); s public.billing_subscriptions := l.s; was jsonb;
begin
  if l.refusal is not null then return l.refusal; end if;
  if p_ends_at <= s.next_period_from then return jsonb_build_object('outcome', 'already_billed'); end if;
  was := public.billing_subscription_json(s);
  update public.billing_subscriptions set ends_at = p_ends_at where id = p_id;
  return public.billing_subscription_changed(p_id, was, case when p_ends_at is null then 'uncancel' else 'cancel' end, p_context);
end $$;

-- p_override: {id, component, starts_at, ends_at, terms}. {"outcome": "changed", "subscription"} or {"outcome": "not_found" | "stale" | "ended" | "already_billed"}
create function public.billing_override_add(p_id uuid, p_override jsonb, p_row_version bigint, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare
  l record := public.billing_subscription_lock(p_id, p_row_version, p_at); s public.billing_subscriptions := l.s; was jsonb;
  o public.billing_overrides := jsonb_populate_record(null::public.billing_overrides, p_override);
begin
  if l.refusal is not null then return l.refusal; end if;
  if o.starts_at < s.next_period_from then return jsonb_build_object('outcome', 'already_billed'); end if;
  was := public.billing_subscription_json(s);
  insert into public.billing_overrides (id, subscription_id, component, starts_at, ends_at, terms)
  values (o.id, p_id, o.component, o.starts_at, o.ends_at, o.terms);
  return public.billing_subscription_changed(p_id, was, 'override', p_context);
end $$;

-- Ends an override, or takes it back where it has not begun.
-- {"outcome": "changed", "subscription"} or {"outcome": "not_found" | "stale" | "ended" | "override_not_found" | "already_billed"}
create function public.billing_override_end(p_id uuid, p_override_id uuid, p_row_version bigint, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare l record := public.billing_subscription_lock(p_id, p_row_version, p_at); s public.billing_subscriptions := l.s; was jsonb; o public.billing_overrides;
begin
  if l.refusal is not null then return l.refusal; end if;
  select * into o from public.billing_overrides where subscription_id = p_id and id = p_override_id and (ends_at is null or ends_at > p_at);
  if o.id is null then return jsonb_build_object('outcome', 'override_not_found'); end if;
  if p_at < s.next_period_from then return jsonb_build_object('outcome', 'already_billed'); end if;
  was := public.billing_subscription_json(s);
  delete from public.billing_overrides where id = p_override_id and starts_at >= p_at;
  update public.billing_overrides set ends_at = p_at where id = p_override_id;
  return public.billing_subscription_changed(p_id, was, 'override_end', p_context);
end $$;

-- [{"subscription", "phases", "overrides"}], by id after p_after. p_tenants null: everybody's; p_plan: what the phase at p_at is of.
create function public.billing_subscriptions_list(p_tenants uuid[], p_status text, p_plan text, p_at timestamptz, p_after uuid, p_limit integer)
returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_subscription_json(s) order by s.id), '[]') from (
    select * from public.billing_subscriptions s
    where (p_tenants is null or tenant_id = any (p_tenants)) and (p_status is null or status = p_status) and (p_after is null or id > p_after)
      and (p_plan is null or exists (
        select from public.billing_phases p join public.billing_plan_versions v on v.id = p.plan_version
        where p.subscription_id = s.id and v.plan = p_plan and p.starts_at <= p_at and (p.ends_at is null or p.ends_at > p_at)))
    order by id limit p_limit
  ) s
$$;

-- Those for which something is due by the clock: a trial has ended, a phase begun, or all is over and billed. [id], at most p_limit.
create function public.billing_subscriptions_due(p_at timestamptz, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct id), '[]') from (
    select id from (
      select id from public.billing_subscriptions where status = 'trialing' and trial_ends_at <= p_at
      union all
      select id from public.billing_subscriptions where status <> 'ended' and ends_at <= p_at and next_period_from >= ends_at
      union all
      select s.id from public.billing_phases p join public.billing_subscriptions s on s.id = p.subscription_id
      where not p.begun and p.starts_at <= p_at and s.status <> 'ended' and (s.ends_at is null or s.ends_at > p.starts_at)
    ) due limit p_limit
  ) d
$$;

-- Does what is due for one of them, and says what that was: of "trial_over", "phase", "ended". The same again does nothing.
create function public.billing_subscription_advance(p_id uuid, p_at timestamptz, p_context jsonb) returns text[]
language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; was jsonb; done text[] := '{}';
begin
  perform 1 from public.tenants where id = (select tenant_id from public.billing_subscriptions where id = p_id) for no key update;
  select * into s from public.billing_subscriptions where id = p_id for update;
  was := public.billing_subscription_json(s);
  if exists (select from public.billing_phases where subscription_id = p_id and not begun and starts_at <= p_at) then
    perform public.billing_phase_begin(s, p_at, p_context);
    done := done || 'phase'::text;
  end if;
  if s.status = 'trialing' and s.trial_ends_at <= p_at then
    if s.trial_end = 'suspend' and (s.ends_at is null or s.ends_at > p_at) then
      perform public.billing_suspend(p_id, 'trial_ended', p_at, p_context);
    else
      update public.billing_subscriptions set status = 'active' where id = p_id;
      perform public.billing_subscription_changed(p_id, was, 'trial_end', p_context);
    end if;
    done := done || 'trial_over'::text;
  end if;
  if s.status <> 'ended' and s.ends_at <= p_at and s.next_period_from >= s.ends_at then
    update public.billing_subscriptions set status = 'ended' where id = p_id;
    perform public.billing_subscription_changed(p_id, was, 'end', p_context);
    perform public.write_outbox('billing.subscription.ended', s.tenant_id, null, jsonb_build_object('subscription_id', s.id));
    done := done || 'ended'::text;
  end if;
  return done;
end $$;

-- A tenant that is gone uses nothing more.
create function public.billing_tenant_gone() returns trigger language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; was jsonb; over timestamptz;
begin
  for s in select * from public.billing_subscriptions where tenant_id = new.id and status <> 'ended' and (ends_at is null or ends_at > new.deleted_at) for update loop
    was := public.billing_subscription_json(s);
    over := greatest(new.deleted_at, s.started_at + interval '1 microsecond', s.next_period_from);
    update public.billing_subscriptions set ends_at = over where id = s.id;
    perform public.billing_subscription_changed(s.id, was, 'cancel', '{"actor": "system"}');
  end loop;
  return null;
end $$;
create trigger tenants_end_subscriptions after update of deleted_at on public.tenants for each row
  when (old.deleted_at is null and new.deleted_at is not null) execute function public.billing_tenant_gone();

-- Since when a user has belonged to a tenant, and until when: what is owed by the member and the second.
create table public.tenant_member_spans (
  tenant_id uuid not null references public.tenants (id),
  user_id uuid not null,
  joined_at timestamptz not null,
  left_at timestamptz check (left_at >= joined_at),
  primary key (tenant_id, user_id, joined_at)
);
create unique index tenant_member_spans_open on public.tenant_member_spans (tenant_id, user_id) where left_at is null;
alter table public.tenant_member_spans enable row level security;
create policy nobody on public.tenant_member_spans as restrictive for all to anon, authenticated using (false);
insert into public.tenant_member_spans (tenant_id, user_id, joined_at) select tenant_id, user_id, created_at from public.tenant_members;

-- Not the times of transactions: who changes members holds the lock of their tenant, and may have waited for it. A clock that was
-- put back keeps nobody from leaving.
create function public.keep_member_span() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    insert into public.tenant_member_spans (tenant_id, user_id, joined_at) values (new.tenant_id, new.user_id, clock_timestamp());
  else
    update public.tenant_member_spans set left_at = greatest(joined_at, clock_timestamp()) where tenant_id = old.tenant_id and user_id = old.user_id and left_at is null;
  end if;
  return null;
end $$;
create trigger tenant_members_keep_spans after insert or delete on public.tenant_members for each row execute function public.keep_member_span();

-- How many members a tenant had on average from one instant to another: the seconds of each, added up, by the seconds in all. Exact but for
-- this one rounding, to 30 places, which is what a quantity may have.
create function public.billing_members(p_tenant_id uuid, p_from timestamptz, p_to timestamptz) returns numeric language sql stable set search_path = '' as $$
  select round(coalesce(sum(extract(epoch from least(coalesce(left_at, 'infinity'), p_to) - greatest(joined_at, p_from))), 0)
    * 1.000000000000000000000000000000000 / extract(epoch from p_to - p_from), 30)
  from public.tenant_member_spans where tenant_id = p_tenant_id and joined_at < p_to and coalesce(left_at, 'infinity') > p_from
$$;
