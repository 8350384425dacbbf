-- How much of a metered feature a tenant has used in the running period, and what covered it. One row a tenant and feature, whose lock
-- orders everybody who changes it: committed + reserved cannot pass the limit, however many ask at once.

create table public.quota_accounts (
  tenant_id uuid not null references public.tenants (id),
  feature text not null references public.features (slug),
  period text not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  -- In the period, what is reserved included.
  used numeric not null default 0,
  -- The part of `used` that grants covered; the limit covers what it can of the rest, and what is beyond is overage.
  granted numeric not null default 0,
  -- The part of `used` that is reserved and not committed.
  reserved numeric not null default 0,
  soft_limit_told boolean not null default false,
  -- Usage until then is in `used`.
  settled_at timestamptz not null,
  primary key (tenant_id, feature)
);
create index quota_accounts_feature on public.quota_accounts (feature, settled_at);
alter table public.quota_accounts enable row level security;
create policy nobody on public.quota_accounts as restrictive for all to anon, authenticated using (false);

create table public.quota_reservations (
  tenant_id uuid not null references public.tenants (id),
  id uuid not null,
  feature text not null references public.features (slug),
  amount numeric not null check (amount > 0),
  -- The part of it that grants cover, by grant: {id: "decimal"}
  from_grants jsonb not null,
  -- It counts in the period in which it was made.
  period_start timestamptz not null,
  state text not null default 'open' check (state in ('open', 'committed', 'released', 'expired')),
  committed numeric,
  requested_by text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id)
);
create index quota_reservations_open on public.quota_reservations (expires_at) where state = 'open';
create index quota_reservations_ended on public.quota_reservations (ended_at) where state <> 'open';
create index quota_reservations_feature on public.quota_reservations (feature, tenant_id, state);
alter table public.quota_reservations enable row level security;
create policy nobody on public.quota_reservations as restrictive for all to anon, authenticated using (false);

-- The time that quotas go by; not the start of the transaction, which may have waited for a lock.
create function public.quota_now() returns timestamptz language sql volatile set search_path = '' as $$ select clock_timestamp() $$;

-- On which terms a tenant has a feature: its own, or those of its plan. No row: on none.
create function public.quota_terms(p_tenant_id uuid, p_feature text) returns public.entitlements language sql stable set search_path = '' as $$
  select e.* from (
    select e.* from public.entitlements e where e.tenant_id = p_tenant_id and e.feature = p_feature
    union all
    select e.* from public.tenants t join public.entitlements e on e.plan = t.plan where t.id = p_tenant_id and e.feature = p_feature
  ) e order by e.tenant_id is null limit 1
$$;

-- The period that an instant is in, by the calendar of the tenant's time zone.
create function public.quota_period(p_tenant_id uuid, p_period text, p_at timestamptz, out starts timestamptz, out ends timestamptz)
language sql stable set search_path = '' as $$
  select coalesce(date_trunc(unit, local) at time zone zone, '-infinity'), coalesce((date_trunc(unit, local) + ('1 ' || unit)::interval) at time zone zone, 'infinity')
  from (select nullif(p_period, 'lifetime') as unit, p_at at time zone t.time_zone as local, t.time_zone as zone from public.tenants t where t.id = p_tenant_id) z
$$;

-- Grants that may be burned at an instant, in the order in which they are.
create function public.quota_grants_at(p_tenant_id uuid, p_feature text, p_at timestamptz) returns setof public.quota_grants
language sql stable rows 5 set search_path = '' as $$
  select * from public.quota_grants
  where tenant_id = p_tenant_id and feature = p_feature and voided_at is null and effective_at <= p_at and (expires_at is null or expires_at > p_at)
  order by priority, expires_at nulls last, created_at, id
$$;

-- What may still be used; null where there is no limit.
create function public.quota_balance(p_account public.quota_accounts, p_limit numeric, p_at timestamptz) returns numeric
language sql stable set search_path = '' as $$
  select greatest(0, p_limit - (p_account.used - p_account.granted))
    + (select coalesce(sum(amount - burned - forfeited), 0) from public.quota_grants_at(p_account.tenant_id, p_account.feature, p_at))
  where p_limit is not null
$$;

create function public.quota_overage(p_account public.quota_accounts, p_limit numeric) returns numeric language sql immutable set search_path = '' as $$
  select coalesce(greatest(0, p_account.used - p_account.granted - p_limit), 0)
$$;

-- At the end of a period what is left of a grant is cut to what it may take along.
create function public.quota_forfeit(p_tenant_id uuid, p_feature text, p_new_period timestamptz) returns void language sql set search_path = '' as $$
  update public.quota_grants set forfeited = amount - burned - rollover_max
  where tenant_id = p_tenant_id and feature = p_feature and effective_at < p_new_period and amount - burned - forfeited > rollover_max
$$;

-- Under the account's lock: counts an amount as used at an instant. First the limit covers it, then grants one after the other.
-- Returns what grants cover: {id: "decimal"}
create function public.quota_burn(p_tenant_id uuid, p_feature text, p_amount numeric, p_limit numeric, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare a public.quota_accounts; g public.quota_grants; rest numeric; part numeric; taken jsonb := '{}';
begin
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature;
  if p_limit is not null then
    rest := p_amount - least(p_amount, greatest(0, p_limit - (a.used - a.granted)));
    for g in select * from public.quota_grants_at(p_tenant_id, p_feature, p_at) loop
      exit when rest = 0;
      part := least(rest, g.amount - g.burned - g.forfeited);
      continue when part = 0;
      update public.quota_grants set burned = burned + part where id = g.id;
      taken := taken || jsonb_build_object(g.id, part::text);
      rest := rest - part;
    end loop;
  end if;
  update public.quota_accounts set used = used + p_amount, granted = granted + coalesce((select sum(value::numeric) from jsonb_each_text(taken)), 0)
  where tenant_id = p_tenant_id and feature = p_feature;
  return taken;
end $$;

-- Under the account's lock: takes back that an amount was used, in the opposite order: what nothing covers, the last grant first, the limit.
-- p_from: which grants may have covered it, and how much of it; null: whichever. p_period_start: of the period it was counted in.
create function public.quota_unburn(
  p_tenant_id uuid, p_feature text, p_amount numeric, p_from jsonb, p_limit numeric, p_period_start timestamptz
) returns void language plpgsql set search_path = '' as $$
declare a public.quota_accounts; g public.quota_grants; rest numeric := p_amount; part numeric; given numeric := 0;
begin
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature;
  if p_period_start = a.period_start then
    rest := least(greatest(0, p_amount - public.quota_overage(a, p_limit)), a.granted);
  end if;
  for g in
    select * from public.quota_grants where tenant_id = p_tenant_id and feature = p_feature and burned > 0 and (p_from is null or p_from ? id::text)
    order by priority desc, expires_at desc nulls first, created_at desc, id desc
  loop
    exit when rest = 0;
    part := least(rest, g.burned, (p_from ->> g.id::text)::numeric);
    update public.quota_grants set burned = burned - part where id = g.id;
    rest := rest - part;
    given := given + part;
  end loop;
  if p_period_start = a.period_start then
    update public.quota_accounts set used = used - p_amount, granted = granted - given where tenant_id = p_tenant_id and feature = p_feature;
  else
    perform public.quota_forfeit(p_tenant_id, p_feature, a.period_start);
  end if;
end $$;

-- What a meter says of a tenant from one instant to another; null where it cannot say.
create function public.quota_meter_usage(p_tenant_id uuid, p_meter text, p_from timestamptz, p_to timestamptz) returns numeric
language plpgsql set search_path = '' as $$
declare answer jsonb; since timestamptz := greatest(p_from, '1970-01-01Z'); until timestamptz := least(p_to, '2200-01-01Z');
begin
  if since >= until then return 0; end if;
  answer := public.usage_query(jsonb_build_object('slug', p_meter, 'reach', null, 'tenants', jsonb_build_array(p_tenant_id),
    'bounds', jsonb_build_array(since, until), 'group_by', '[]'::jsonb, 'by_subject', false, 'filter', '{}'::jsonb, 'limit', 1, 'after', null));
  if answer ->> 'outcome' <> 'rows' then return null; end if;
  return coalesce((answer #>> '{rows,0,3}')::numeric, 0);
end $$;

-- Under the account's lock: brings `used` to what the meter says of the period until p_to. Where a grant began or ended since the last time,
-- what was used until then is settled first, so that no grant covers what was used before or after it.
create function public.quota_settle(p_tenant_id uuid, p_feature public.features, p_limit numeric, p_to timestamptz) returns void
language plpgsql set search_path = '' as $$
declare a public.quota_accounts; bound timestamptz; since timestamptz;
begin
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature.slug;
  since := greatest(a.settled_at, a.period_start);
  for bound in
    select distinct b from public.quota_grants g, unnest(array[g.effective_at, g.expires_at]) b
    where g.tenant_id = p_tenant_id and g.feature = p_feature.slug and b > since and b < least(p_to, a.period_end) order by b
  loop
    perform public.quota_settle_until(p_tenant_id, p_feature, p_limit, bound, since);
    since := bound;
  end loop;
  -- The last piece goes to the end of the period: events may be some minutes ahead of the clock, and whole windows are read from rollups.
  perform public.quota_settle_until(p_tenant_id, p_feature, p_limit, a.period_end, since);
  update public.quota_accounts set settled_at = least(p_to, a.period_end) where tenant_id = p_tenant_id and feature = p_feature.slug;
end $$;

create function public.quota_settle_until(
  p_tenant_id uuid, p_feature public.features, p_limit numeric, p_to timestamptz, p_at timestamptz
) returns void language plpgsql set search_path = '' as $$
declare a public.quota_accounts; total numeric; change numeric;
begin
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature.slug;
  total := public.quota_meter_usage(p_tenant_id, p_feature.meter, a.period_start, p_to);
  change := total - (a.used - a.reserved);
  if change > 0 then
    perform public.quota_burn(p_tenant_id, p_feature.slug, change, p_limit, p_at);
  elsif change < 0 then
    perform public.quota_unburn(p_tenant_id, p_feature.slug, -change, null, p_limit, a.period_start);
  end if;
end $$;

-- Says once a period that usage has passed a soft limit.
create function public.quota_tell(p_tenant_id uuid, p_feature text, p_terms public.entitlements) returns void language plpgsql set search_path = '' as $$
declare a public.quota_accounts;
begin
  if p_terms.enforcement is distinct from 'soft' then return; end if;
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature;
  if a.soft_limit_told or public.quota_overage(a, p_terms.limit_amount) = 0 then return; end if;
  update public.quota_accounts set soft_limit_told = true where tenant_id = p_tenant_id and feature = p_feature;
  perform public.write_outbox('quota.soft_limit_crossed', p_tenant_id, null, jsonb_build_object(
    'feature', p_feature, 'limit', trim_scale(p_terms.limit_amount)::text, 'usage', trim_scale(a.used)::text,
    'overage', trim_scale(public.quota_overage(a, p_terms.limit_amount))::text,
    'period', a.period, 'period_start', nullif(a.period_start, '-infinity'), 'period_end', nullif(a.period_end, 'infinity')));
end $$;

-- The account, locked to the end of the transaction and brought to the present: reservations whose time is over are given back, periods
-- that have ended are closed, and what a meter has counted meanwhile is in it.
create function public.quota_account(p_tenant_id uuid, p_feature public.features, p_terms public.entitlements) returns public.quota_accounts
language plpgsql set search_path = '' as $$
declare
  a public.quota_accounts; r public.quota_reservations; p record; at timestamptz; kind text := coalesce(p_terms.period, 'month');
  metered boolean := p_feature.counted_by = 'meter';
begin
  insert into public.quota_accounts (tenant_id, feature, period, period_start, period_end, settled_at)
  select p_tenant_id, p_feature.slug, kind, starts, ends, starts from public.quota_period(p_tenant_id, kind, public.quota_now())
  on conflict do nothing;
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature.slug for update;
  at := public.quota_now();

  for r in
    select * from public.quota_reservations
    where feature = p_feature.slug and tenant_id = p_tenant_id and state = 'open' and expires_at <= at order by expires_at, id
  loop
    perform public.quota_end(r, 'expired', 0, p_terms.limit_amount, r.expires_at);
  end loop;

  -- A period ends when it was said to, also when the tenant's time zone is another one by then.
  while a.period_end <= at loop
    if metered then perform public.quota_settle(p_tenant_id, p_feature, p_terms.limit_amount, a.period_end); end if;
    select * into p from public.quota_period(p_tenant_id, a.period, case when metered then a.period_end else at end);
    a := public.quota_begin(a, a.period, greatest(p.starts, a.period_end), greatest(p.ends, a.period_end));
  end loop;
  -- On terms with another period it is counted anew, from the beginning of that one where a meter counts.
  if a.period <> kind then
    select * into p from public.quota_period(p_tenant_id, kind, at);
    a := public.quota_begin(a, kind, p.starts, p.ends);
  end if;

  if metered then perform public.quota_settle(p_tenant_id, p_feature, p_terms.limit_amount, at); end if;
  perform public.quota_tell(p_tenant_id, p_feature.slug, p_terms);
  select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = p_feature.slug;
  return a;
end $$;

create function public.quota_begin(p_account public.quota_accounts, p_period text, p_starts timestamptz, p_ends timestamptz)
returns public.quota_accounts language plpgsql set search_path = '' as $$
declare a public.quota_accounts;
begin
  perform public.quota_forfeit(p_account.tenant_id, p_account.feature, p_starts);
  update public.quota_accounts set period = p_period, period_start = p_starts, period_end = p_ends, used = 0, granted = 0, reserved = 0,
    soft_limit_told = false, settled_at = p_starts
  where tenant_id = p_account.tenant_id and feature = p_account.feature returning * into a;
  return a;
end $$;

-- Under the account's lock: ends an open reservation, of which p_kept stays used.
create function public.quota_end(p_reservation public.quota_reservations, p_state text, p_kept numeric, p_limit numeric, p_at timestamptz)
returns void language plpgsql set search_path = '' as $$
begin
  if p_reservation.amount > p_kept then
    perform public.quota_unburn(p_reservation.tenant_id, p_reservation.feature, p_reservation.amount - p_kept, p_reservation.from_grants, p_limit,
      p_reservation.period_start);
  end if;
  update public.quota_accounts set reserved = reserved - p_reservation.amount
  where tenant_id = p_reservation.tenant_id and feature = p_reservation.feature and period_start = p_reservation.period_start;
  update public.quota_reservations set state = p_state, ended_at = p_at
  where tenant_id = p_reservation.tenant_id and id = p_reservation.id;
end $$;
