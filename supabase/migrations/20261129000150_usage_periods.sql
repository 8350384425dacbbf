-- Periods that somebody settles by, and the end of raw events.

create function public.usage_period_open(p_tenant uuid, p_from timestamptz, p_to timestamptz) returns void language sql set search_path = '' as $$
  insert into public.usage_periods (tenant_id, starts_at, ends_at) values (p_tenant, p_from, p_to) on conflict do nothing
$$;

-- From its commit on, no batch that is being taken counts in the period without being told as a late change of it.
create function public.usage_period_close(p_tenant uuid, p_from timestamptz, p_to timestamptz) returns jsonb language plpgsql set search_path = '' as $$
declare p public.usage_periods;
begin
  perform public.usage_lock_shape(true);
  if p_to > now() then return jsonb_build_object('outcome', 'period_not_over'); end if;
  insert into public.usage_periods (tenant_id, starts_at, ends_at, closed_at) values (p_tenant, p_from, p_to, now())
  on conflict (tenant_id, starts_at, ends_at) do update set closed_at = coalesce(public.usage_periods.closed_at, excluded.closed_at) returning * into p;
  return jsonb_build_object('outcome', 'closed', 'closed_at', p.closed_at);
end $$;

-- The days of events that are kept, oldest first.
create function public.usage_days() returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(d order by d), '[]') from (
    select to_date(right(c.relname, 8), 'YYYYMMDD') as d from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.usage_events'::regclass
  ) x
$$;

-- Ends the taking of events of p_day and before, unless a meter keeps them longer: {"outcome": "sealed" | "kept_longer"}
create function public.usage_day_seal(p_day date, p_days integer) returns jsonb language plpgsql set search_path = '' as $$
declare longest integer;
begin
  perform public.usage_lock_shape(true);
  select greatest(p_days, max(retention_days)) into longest from public.usage_meters where deleted_at is null;
  if (now() at time zone 'UTC')::date - p_day <= coalesce(longest, p_days) then return jsonb_build_object('outcome', 'kept_longer'); end if;
  update public.usage_retention set kept_from = greatest(kept_from, (p_day + 1)::timestamp at time zone 'UTC');
  return jsonb_build_object('outcome', 'sealed');
end $$;

-- Whether anything of a day still waits to be counted.
create function public.usage_day_is_folded(p_day date) returns boolean language sql stable set search_path = '' as $$
  select not exists (select from public.usage_deltas where bucket >= p_day::timestamp at time zone 'UTC' and bucket < (p_day + 1)::timestamp at time zone 'UTC')
    and not exists (select from public.usage_stale_gauges where bucket >= p_day::timestamp at time zone 'UTC' and bucket < (p_day + 1)::timestamp at time zone 'UTC')
    and not exists (select from public.usage_meters where deleted_at is null and backfill_day is not null)
$$;

-- Drops the events of a sealed day, once every period that touches it is closed, all of it is counted, and the counts agree with it. Else says
-- why not: {"outcome": "dropped" | "not_sealed" | "not_closed" | "not_folded" | "not_verified" | "busy" | "no_such_day", "meter_id"?, "differences"?}
-- Nobody reads or writes events while it waits for those who do: not for long, therefore.
create function public.usage_partition_drop(p_day date) returns jsonb language plpgsql security definer set search_path = '' set statement_timeout = '300s' set lock_timeout = '1s' as $$
declare a timestamptz := p_day::timestamp at time zone 'UTC'; b timestamptz := a + interval '1 day'; name text := 'usage_events_' || to_char(p_day, 'YYYYMMDD');
  m bigint; found jsonb;
begin
  if to_regclass('private.' || name) is null then return jsonb_build_object('outcome', 'no_such_day'); end if;
  if (select kept_from from public.usage_retention) < b then return jsonb_build_object('outcome', 'not_sealed'); end if;
  if exists (select from public.usage_periods where closed_at is null and starts_at < b and ends_at > a) then
    return jsonb_build_object('outcome', 'not_closed');
  end if;
  if not public.usage_day_is_folded(p_day) then return jsonb_build_object('outcome', 'not_folded'); end if;
  -- No event of a sealed day comes or goes, so that what is proven here stays so without a lock.
  for m in select id from public.usage_meters where deleted_at is null and valid_from < b and valid_to > a order by id loop
    found := public.usage_verify(m, p_day, null) -> 'differences';
    if found <> '[]' then return jsonb_build_object('outcome', 'not_verified', 'meter_id', m::text, 'differences', found); end if;
  end loop;
  perform public.usage_lock_rollups();
  -- A meter may have been made or changed meanwhile.
  if not public.usage_day_is_folded(p_day) then return jsonb_build_object('outcome', 'not_folded'); end if;
  execute format('drop table private.%I', name);
  return jsonb_build_object('outcome', 'dropped');
exception when lock_not_available then
  return jsonb_build_object('outcome', 'busy');
end $$;

-- Forgets which events there were before p_before; at most p_limit of them. Where the old ones lie is known by block, and each is found by its key: no
-- other plan is for tables of this size.
create function public.usage_keys_expire(p_before timestamptz, p_limit integer) returns integer language plpgsql set search_path = ''
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare removed integer;
begin
  delete from public.usage_event_keys k using (
    select tenant_id, key from public.usage_event_keys where received_at < p_before limit p_limit
  ) old where k.tenant_id = old.tenant_id and k.key = old.key;
  get diagnostics removed = row_count;
  return removed;
end $$;

-- Every version that counts, or those of one meter: [{"id", "slug", "version"}]
create function public.usage_counted_meters(p_slug text) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', id::text, 'slug', slug, 'version', version) order by slug, version), '[]')
  from public.usage_meters where deleted_at is null and (p_slug is null or slug = p_slug)
$$;
