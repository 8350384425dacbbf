-- What is asked of quotas: entitlements as they are now, reservations, pieces of the allowance of calls, and the limit of instances.

-- What a refusal says. p_requested beyond what is left.
create function public.quota_refusal(p_feature text, p_limit numeric, p_usage numeric, p_balance numeric, p_requested numeric, p_resets_at timestamptz)
returns jsonb language sql immutable set search_path = '' as $$
  select jsonb_build_object('outcome', 'quota_exceeded', 'feature', p_feature, 'limit', trim_scale(p_limit)::text, 'usage', trim_scale(p_usage)::text,
    'balance', trim_scale(p_balance)::text, 'requested', trim_scale(p_requested)::text, 'resets_at', nullif(p_resets_at, 'infinity'))
$$;

create function public.quota_reservation_json(p_reservation public.quota_reservations) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_reservation) - 'from_grants' - 'period_start' || jsonb_build_object(
    'amount', trim_scale(p_reservation.amount)::text, 'committed', trim_scale(p_reservation.committed)::text)
$$;

-- How many instances a tenant has, and what active grants add to the limit of them: what is counted as it is now is not burned.
create function public.quota_instances(p_tenant_id uuid, out existing numeric, out added numeric) returns record language sql stable set search_path = '' as $$
  select (select count(*) from public.instances where tenant_id = p_tenant_id and status <> 'deprovisioned'),
    (select coalesce(sum(amount), 0) from public.quota_grants_at(p_tenant_id, 'instances', public.quota_now()))
$$;

-- One feature as a tenant has it. Null where there is no such feature.
create function public.quota_entitlement(p_tenant_id uuid, p_feature text) returns jsonb language plpgsql set search_path = '' as $$
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
  if f.counted_by = 'instances' then
    i := public.quota_instances(p_tenant_id);
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

-- Every feature as these tenants have it, by tenant and feature, after [tenant, feature].
create function public.quota_entitlements(p_tenants uuid[], p_after jsonb, p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare rows jsonb := '[]'; r record;
begin
  for r in
    select t.id, f.slug from public.tenants t cross join public.features f
    where t.id = any (p_tenants) and t.deleted_at is null
      and (p_after is null or (t.id, f.slug collate "C") > ((p_after ->> 0)::uuid, p_after ->> 1))
    order by t.id, f.slug collate "C" limit p_limit
  loop
    rows := rows || jsonb_build_array(public.quota_entitlement(r.id, r.slug));
  end loop;
  return rows;
end $$;

-- Sets an amount aside for a while. The same again is the same reservation.
-- {"outcome": "reserved" | "unchanged", "reservation"}, what quota_refusal gives, or {"outcome": "tenant_not_found" | "feature_not_found" |
-- "not_reservable" | "differs"} or {"outcome": "ended", "reservation"}
create function public.quota_reserve(p_tenant_id uuid, p_id uuid, p_feature text, p_amount text, p_lease_seconds integer, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare
  f public.features; e public.entitlements; a public.quota_accounts; r public.quota_reservations; amount numeric := p_amount::numeric;
  at timestamptz; balance numeric; taken jsonb;
begin
  perform public.assert_credential(p_context);
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select * into f from public.features where slug = p_feature;
  if f.slug is null then return jsonb_build_object('outcome', 'feature_not_found'); end if;
  if f.counted_by is null or f.counted_by not in ('meter', 'reservations') then return jsonb_build_object('outcome', 'not_reservable'); end if;
  e := public.quota_terms(p_tenant_id, p_feature);
  a := public.quota_account(p_tenant_id, f, e);
  at := public.quota_now();

  select * into r from public.quota_reservations where tenant_id = p_tenant_id and id = p_id;
  if r.id is not null then
    return jsonb_build_object('reservation', public.quota_reservation_json(r), 'outcome', case
      when r.feature <> p_feature or r.amount <> amount then 'differs' when r.state = 'open' then 'unchanged' else 'ended' end);
  end if;
  balance := public.quota_balance(a, e.limit_amount, at);
  if e.enforcement = 'hard' and amount > balance then
    return public.quota_refusal(p_feature, e.limit_amount, a.used, balance, amount, a.period_end);
  end if;
  taken := public.quota_burn(p_tenant_id, p_feature, amount, e.limit_amount, at);
  update public.quota_accounts set reserved = reserved + amount where tenant_id = p_tenant_id and feature = p_feature;
  insert into public.quota_reservations (tenant_id, id, feature, amount, from_grants, period_start, requested_by, expires_at, created_at)
  values (p_tenant_id, p_id, p_feature, amount, taken, a.period_start, coalesce(p_context ->> 'actor', 'system'),
    at + p_lease_seconds * interval '1 second', at)
  on conflict do nothing returning * into r;
  if r.id is null then
    -- Of another feature, and made at the same moment. Raised, not returned: it undoes what stands above.
    raise exception 'reservation % is of another feature', p_id using errcode = 'PT409', hint = 'reservation_differs';
  end if;
  perform public.quota_tell(p_tenant_id, p_feature, e);
  return jsonb_build_object('outcome', 'reserved', 'reservation', public.quota_reservation_json(r));
end $$;

-- Commits a reservation, p_amount of it or (null) all, or releases it. What is not committed is given back. Where a meter counts, its
-- events count instead of the reservation from then on. The same again does nothing.
-- {"outcome": "ended_now" | "unchanged" | "ended", "reservation"} or {"outcome": "reservation_not_found" | "beyond_reservation"}
create function public.quota_reservation_end(p_tenant_id uuid, p_id uuid, p_state text, p_amount text, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare f public.features; e public.entitlements; r public.quota_reservations; wanted numeric;
begin
  perform public.assert_credential(p_context);
  select k.* into f from public.quota_reservations q join public.features k on k.slug = q.feature where q.tenant_id = p_tenant_id and q.id = p_id;
  if f.slug is null then return jsonb_build_object('outcome', 'reservation_not_found'); end if;
  e := public.quota_terms(p_tenant_id, f.slug);
  perform public.quota_account(p_tenant_id, f, e);
  select * into r from public.quota_reservations where tenant_id = p_tenant_id and id = p_id;
  wanted := case when p_state = 'committed' then coalesce(p_amount::numeric, r.amount) else 0 end;
  if r.state <> 'open' then
    return jsonb_build_object('reservation', public.quota_reservation_json(r), 'outcome',
      case when r.state = p_state and coalesce(r.committed, 0) = wanted then 'unchanged' else 'ended' end);
  end if;
  if wanted > r.amount then return jsonb_build_object('outcome', 'beyond_reservation'); end if;
  perform public.quota_end(r, p_state, case when f.counted_by = 'meter' then 0 else wanted end, e.limit_amount, public.quota_now());
  update public.quota_reservations set committed = wanted where tenant_id = p_tenant_id and id = p_id and p_state = 'committed';
  select * into r from public.quota_reservations where tenant_id = p_tenant_id and id = p_id;
  return jsonb_build_object('outcome', 'ended_now', 'reservation', public.quota_reservation_json(r));
end $$;

-- One reservation as it is now: one whose time is over has expired, whether or not somebody has given it back yet.
create function public.quota_reservation(p_tenant_id uuid, p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select public.quota_reservation_json(r) || case when r.state = 'open' and r.expires_at <= public.quota_now()
    then jsonb_build_object('state', 'expired', 'ended_at', r.expires_at) else '{}' end
  from public.quota_reservations r where r.tenant_id = p_tenant_id and r.id = p_id
$$;

-- Takes a piece of what a tenant may still call, to be used up by one replica without asking again. It counts as used from now on;
-- p_returned of an earlier piece does not any more. With a hard limit a piece is at most a twentieth of what is left, or, if that is more,
-- the p_needed calls that wait for it.
-- {"outcome": "unlimited"}, {"outcome": "taken", "amount", "period", "ends_at"} or what quota_refusal gives. p_period: what the earlier one said.
create function public.quota_take_calls(p_tenant_id uuid, p_needed integer, p_wanted integer, p_returned integer, p_period text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  f public.features; e public.entitlements; a public.quota_accounts; at timestamptz; balance numeric; piece integer := greatest(p_needed, p_wanted); period text;
begin
  e := public.quota_terms(p_tenant_id, 'api_calls');
  if e.limit_amount is null then return jsonb_build_object('outcome', 'unlimited'); end if;
  select * into f from public.features where slug = 'api_calls';
  a := public.quota_account(p_tenant_id, f, e);
  at := public.quota_now();
  period := a.period || '@' || extract(epoch from a.period_start);
  if p_returned > 0 and period = p_period then
    perform public.quota_unburn(p_tenant_id, f.slug, p_returned, null, e.limit_amount, a.period_start);
    select * into a from public.quota_accounts where tenant_id = p_tenant_id and feature = f.slug;
  end if;
  balance := public.quota_balance(a, e.limit_amount, at);
  if e.enforcement = 'hard' then
    if p_needed > 0 and balance < 1 then
      return public.quota_refusal(f.slug, e.limit_amount, a.used, balance, 1, a.period_end);
    end if;
    piece := least(floor(balance), greatest(p_needed, least(p_wanted, floor(balance / 20))));
  end if;
  if piece > 0 then perform public.quota_burn(p_tenant_id, f.slug, piece, e.limit_amount, at); end if;
  perform public.quota_tell(p_tenant_id, f.slug, e);
  return jsonb_build_object('outcome', 'taken', 'amount', piece, 'period', period, 'ends_at', nullif(a.period_end, 'infinity'));
end $$;

-- Whether calls are limited for anybody at all: where not, nothing else need be asked.
create function public.quota_limits_calls() returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.entitlements where feature = 'api_calls' and limit_amount is not null)
$$;

-- Of the row, not of one function that makes instances: whatever gives a tenant one more stays within its limit.
create function public.quota_check_instance() returns trigger language plpgsql set search_path = '' as $$
declare f public.features; e public.entitlements := public.quota_terms(new.tenant_id, 'instances'); i record; over boolean; refusal jsonb;
begin
  if e.limit_amount is null then return new; end if;
  select * into f from public.features where slug = 'instances';
  perform public.quota_account(new.tenant_id, f, e);
  -- Counted under the lock of the account, so that of those who ask at once each sees what the one before it wrote.
  i := public.quota_instances(new.tenant_id);
  over := i.existing + 1 > e.limit_amount + i.added;
  if over and e.enforcement = 'hard' then
    refusal := public.quota_refusal('instances', e.limit_amount, i.existing, greatest(0, e.limit_amount + i.added - i.existing), 1, 'infinity');
    raise exception 'the tenant may have no more instances' using errcode = 'PT402', hint = 'quota_exceeded', detail = (refusal - 'outcome')::text;
  end if;
  if over and i.existing <= e.limit_amount + i.added then
    perform public.write_outbox('quota.soft_limit_crossed', new.tenant_id, null, jsonb_build_object('feature', 'instances',
      'limit', trim_scale(e.limit_amount)::text, 'usage', (i.existing + 1)::text, 'overage', trim_scale(i.existing + 1 - e.limit_amount - i.added)::text,
      'period', 'lifetime', 'period_start', null, 'period_end', null));
  end if;
  return new;
end $$;
create trigger instances_within_quota before insert on public.instances for each row
  when (new.status <> 'deprovisioned') execute function public.quota_check_instance();
create trigger instances_within_quota_again before update of status on public.instances for each row
  when (old.status = 'deprovisioned' and new.status <> 'deprovisioned') execute function public.quota_check_instance();

-- Gives back what was reserved for longer than it was to be, settles what meters count against soft limits, so that somebody is told, and
-- removes reservations that ended 35 days ago. {"expired", "settled", "removed"}: how many; at most p_limit of each.
create function public.quota_sweep(p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
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
    join public.tenants t on (t.plan = d.plan or t.id = d.tenant_id) and t.deleted_at is null
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
